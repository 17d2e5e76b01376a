import { TransferBreak } from './transfer-break.ts';

/** Ends a transfer in which nothing moves. */
export interface StallWatch extends Disposable {
  /** Aborted by the caller's signal, by a stall, and by disposal, which closes the connection. */
  readonly signal: AbortSignal;
  /** Something has moved. */
  touch(): void;
}

export function watchForStalls(outer: AbortSignal, stallMs: number): StallWatch {
  const own = new AbortController();
  const stalled = () => own.abort(new TransferBreak(`nothing came for ${stallMs / 1000} s`));
  const timer = setTimeout(stalled, stallMs);
  return {
    signal: AbortSignal.any([outer, own.signal]),
    touch: () => timer.refresh(),
    [Symbol.dispose]() {
      clearTimeout(timer);
      own.abort(new TransferBreak('the transfer was given up'));
    },
  };
}
