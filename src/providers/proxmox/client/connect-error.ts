import type { Fault } from '../../../errors/fault.ts';

/** No connection came about: nothing of the request has been sent. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /** e.g. ECONNREFUSED, ENOTFOUND, TIMEOUT. */
  readonly code: string;
  /** Says more than that the node was not reached, e.g. that its certificate is unknown. */
  readonly fault: Fault | undefined;

  constructor(code: string, details: { cause?: unknown; fault?: Fault | undefined } = {}) {
    super(`No connection: ${code}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.fault = details.fault;
  }
}
