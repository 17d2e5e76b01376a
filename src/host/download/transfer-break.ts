/** What ended one try of a transfer and may be over at the next; never leaves this folder. */
export class TransferBreak extends Error {
  override readonly name = 'TransferBreak';
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  /** `problem` completes the sentence "The download of … failed: …". */
  constructor(problem: string, details: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super(problem, details.cause === undefined ? undefined : { cause: details.cause });
    this.retryAfterMs = details.retryAfterMs;
  }
}
