/** One step of long work. A fraction never goes down within one call. */
export interface Progress {
  readonly fraction?: number | undefined;
  readonly message: string;
}

export type DoorName = 'mcp' | 'jsonrpc' | 'cli';

/** What an operation may use of the call that it serves. */
export interface CallContext {
  /** Aborted when the call is cancelled; the operation then ends its children, removes its files and throws. */
  readonly signal: AbortSignal;
  readonly door: DoorName;
  progress(update: Progress): void;
}
