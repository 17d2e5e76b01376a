import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { cancelledFault } from '../../errors/fault.ts';
import type { FileContent } from '../volumes/file-system.ts';
import { listPieces, longestPiece } from './list-pieces.ts';
import { Pauses } from './pauses.ts';

export interface CopyContentOptions {
  readonly modified?: Date | undefined;
  /** Also sum it, holes and all. */
  readonly sum: boolean;
  readonly signal: AbortSignal;
  /** Called with every number of bytes that were written, or summed in a hole. */
  readonly onBytes: (bytes: number) => void;
}

const zeros = Buffer.alloc(1024 * 1024);

/**
 * Writes the content into a new private file; its holes stay holes where the host can have them. Returns the SHA-256 when asked. When
 * this throws, nothing of the file is left.
 */
export async function copyContent(
  content: FileContent,
  file: string,
  options: CopyContentOptions,
): Promise<string | undefined> {
  const copy = await open(file, 'wx', 0o600);
  try {
    return await fill(copy, content, options).finally(() => copy.close());
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

async function fill(copy: FileHandle, content: FileContent, options: CopyContentOptions): Promise<string | undefined> {
  const { modified, signal, onBytes } = options;
  const hash = options.sum ? createHash('sha256') : undefined;
  // Shows at once whether a file of that size can be; a small one needs its size only where it ends in a hole.
  if (content.mayHaveHoles && content.size > longestPiece) await copy.truncate(content.size);
  let end = 0;
  // The next piece is read while the last one is written.
  let writing = Promise.resolve();
  try {
    for await (const { offset, length, isHole } of listPieces(content, signal)) {
      if (isHole) {
        if (hash) await sumZeros(hash, length, options);
        continue;
      }
      const bytes = await content.read(offset, length, signal);
      hash?.update(bytes);
      await writing;
      writing = writeAll(copy, bytes, offset, onBytes);
      // Until it is awaited a failure must not count as unhandled.
      writing.catch(() => undefined);
      end = offset + length;
    }
  } finally {
    // Its failure is thrown below, unless another one came before.
    await writing.catch(() => undefined);
  }
  await writing;
  if (end < content.size) await copy.truncate(content.size);
  // Not every file system keeps every time; that is no reason to lose the file.
  if (modified) await copy.utimes(modified, modified).catch(() => undefined);
  return hash?.digest('hex');
}

async function sumZeros(hash: Hash, length: number, { signal, onBytes }: CopyContentOptions): Promise<void> {
  const pauses = new Pauses();
  for (let done = 0; done < length; done += zeros.length) {
    if (signal.aborted) throw cancelledFault(signal, 'Summing the file');
    const part = zeros.subarray(0, Math.min(zeros.length, length - done));
    hash.update(part);
    onBytes(part.length);
    await pauses.take();
  }
}

async function writeAll(
  file: FileHandle,
  bytes: Buffer,
  offset: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
  onBytes(bytes.length);
}
