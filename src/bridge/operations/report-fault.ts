import type { Fault } from '../../errors/fault.ts';
import type { FaultReport } from '../../model/fault-report.ts';

/** A Fault as JSON; `cause` stays behind, as it may hold what a foreign program printed. */
export function reportFault(fault: Fault): FaultReport {
  return {
    code: fault.code,
    message: fault.message,
    ...(fault.remedy === undefined ? {} : { remedy: fault.remedy }),
    ...(fault.data === undefined ? {} : { data: { ...fault.data } }),
    ...(fault.log === undefined ? {} : { log: fault.log }),
  };
}
