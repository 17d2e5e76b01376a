import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cancelledFault } from '../../errors/fault.ts';
import { createStorageFault } from './storage-fault.ts';

/** The SHA-512 of a whole file, in lower-case hexadecimal. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha512');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024, ...(signal && { signal }) })) {
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    throw signal?.aborted ? cancelledFault(signal, `Reading ${file}`) : createStorageFault(file, error);
  }
  return hash.digest('hex');
}
