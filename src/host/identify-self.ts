import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

let own: Promise<ProcessIdentity> | undefined;

/** This process, for records and locks. On Windows by number alone: to ask for more there takes a second. */
export function identifySelf(): Promise<ProcessIdentity> {
  own ??= process.platform === 'win32' ? Promise.resolve({ pid: process.pid }) : identifyProcess(process.pid);
  return own;
}
