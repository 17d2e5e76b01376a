import { identifyProcess, type ProcessIdentity } from '../../../host/process-identity.ts';

let own: Promise<ProcessIdentity> | undefined;

/** This process, for locks and activities. On Windows by number alone: to ask for more there takes a second. */
export function identifySelf(): Promise<ProcessIdentity> {
  own ??= process.platform === 'win32' ? Promise.resolve({ pid: process.pid }) : identifyProcess(process.pid);
  return own;
}
