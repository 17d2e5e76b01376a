/** One step of long work. A fraction never goes down within one call. */
export interface Progress {
  readonly fraction?: number | undefined;
  readonly message: string;
}

/** `attended` is JSON-RPC to a program whose user, a person, has confirmed what it asks for: a shell, not a model. */
export type DoorName = 'mcp' | 'jsonrpc' | 'attended' | 'cli';

/** Doors at whose other end a person typed the call. */
export function isPersonal(door: DoorName): boolean {
  return door === 'cli' || door === 'attended';
}

/** What an operation may use of the call that it serves. */
export interface CallContext {
  /** Aborted when the call is cancelled; the operation then ends its children, removes its files and throws. */
  readonly signal: AbortSignal;
  readonly door: DoorName;
  progress(update: Progress): void;
}
