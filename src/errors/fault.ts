/** Every way in which a call can end badly. Closed: doors map each code once, in src/rpc/faults.ts. */
export const faultCodes = [
  'not_found',
  'ambiguous',
  'unavailable',
  'unsupported',
  'invalid',
  'conflict',
  'denied',
  'approval_required',
  'timeout',
  'cancelled',
  'busy',
  'host_fault',
  'failed',
] as const;

export type FaultCode = (typeof faultCodes)[number];

export interface FaultDetails {
  /** What to do next, as a command where there is one. */
  readonly remedy?: string | undefined;
  /** Facts for programs: the field, the candidates, what a foreign program printed. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
  /** The log file that tells more, where one exists. */
  readonly log?: string | undefined;
}

/**
 * The one error class. `message` is a sentence that names what was asked; the output of foreign programs belongs into
 * `data`, never into the message.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly remedy: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly log: string | undefined;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy;
    this.data = details.data;
    this.log = details.log;
  }

  /** The same Fault with some details replaced. */
  with(changes: FaultDetails): Fault {
    const { remedy, data, cause, log } = this;
    return new Fault(this.code, this.message, { remedy, data, cause, log, ...changes });
  }
}

/** The Fault for a call whose signal was aborted; a Fault given as the abort reason is passed on as it is. */
export function cancelledFault(signal: AbortSignal, what: string): Fault {
  return signal.reason instanceof Fault
    ? signal.reason
    : new Fault('cancelled', `${what} was cancelled.`, {
        remedy: 'Make the call again when it is wanted after all.',
        cause: signal.reason,
      });
}
