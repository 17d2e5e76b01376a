import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** What is held, as opposed to what V8 has not got round to letting go. */
export function collectGarbage(): void {
  if (typeof collect !== 'function') throw new Error('V8 has no gc().');
  collect();
}

/** Bytes of buffers that are held now. */
export function measureHeldBuffers(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
