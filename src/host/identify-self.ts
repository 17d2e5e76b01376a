import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

let own: Promise<ProcessIdentity> | undefined;

/** This process, for records and locks. */
export function identifySelf(): Promise<ProcessIdentity> {
  own ??= identifyProcess(process.pid);
  return own;
}
