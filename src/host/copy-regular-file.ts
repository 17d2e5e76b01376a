import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { cancelledFault, Fault } from '../errors/fault.ts';

export interface CopyOptions {
  /** Size that the file has to have. */
  readonly bytes: number;
  /** Input field that led to the file, for Faults. */
  readonly field: string;
  readonly signal: AbortSignal;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const chunk = 2 ** 20;

/**
 * Copies a file of a foreign folder to a new private one and returns the SHA-256 of what was copied. Links, pipes and devices
 * are not followed or opened. Faults: `not_found`, `denied`, `invalid` (no file, another size), `host_fault` (disk full),
 * `cancelled`; the caller removes the copy.
 */
export async function copyRegularFile(from: string, to: string, options: CopyOptions): Promise<string> {
  const source = await openRegularFile(from, options.field);
  try {
    const { size } = await source.stat();
    if (size !== options.bytes) throw wrongSize(from, size, options);
    const copy = await open(to, 'wx', 0o600);
    try {
      return await pump(source, copy, from, options);
    } catch (error) {
      throw explainWrite(error, to);
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}

/** Opens a file for reading that is neither a link nor anything but a file. Faults: `not_found`, `denied`, `invalid`. */
export async function openRegularFile(path: string, field: string): Promise<FileHandle> {
  const found = await lstat(path).catch((error: unknown) => {
    throw explainRead(error, path, field);
  });
  if (!found.isFile()) throw noFile(path, field);
  // A pipe or a link that took its place since is not waited for and not followed, where the system can say so.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((error: unknown) => {
    throw explainRead(error, path, field);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw noFile(path, field);
}

async function pump(source: FileHandle, copy: FileHandle, from: string, options: CopyOptions): Promise<string> {
  const { bytes, signal, onBytes } = options;
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(Math.min(chunk, Math.max(bytes, 1)));
  let done = 0;
  for (;;) {
    if (signal.aborted) throw cancelledFault(signal, `Copying ${from}`);
    const { bytesRead } = await source.read(buffer, 0, buffer.length, done);
    if (bytesRead === 0) break;
    done += bytesRead;
    if (done > bytes) throw wrongSize(from, done, options);
    const part = buffer.subarray(0, bytesRead);
    hash.update(part);
    await copy.writeFile(part);
    onBytes?.(bytesRead);
  }
  if (done !== bytes) throw wrongSize(from, done, options);
  return hash.digest('hex');
}

function noFile(path: string, field: string): Fault {
  return new Fault('invalid', `${path} is not a plain file; links and devices are not followed.`, {
    data: { field, path },
  });
}

function wrongSize(path: string, found: number, { bytes, field }: CopyOptions): Fault {
  return new Fault('invalid', `The file ${path} has ${found} bytes instead of ${bytes}.`, {
    remedy: 'Fetch the export again: this copy of it is damaged.',
    data: { field, path, found, expected: bytes },
  });
}

function explainRead(cause: unknown, path: string, field: string): Fault {
  const systemCode = codeOf(cause);
  const data = { field, path, systemCode };
  if (systemCode === 'ENOENT' || systemCode === 'ENOTDIR') {
    return new Fault('not_found', `There is no file ${path}.`, { data, cause });
  }
  if (systemCode === 'EACCES' || systemCode === 'EPERM') {
    return new Fault('denied', `${path} may not be read by this user.`, { data, cause });
  }
  return new Fault('invalid', `${path} can not be read.`, { data, cause });
}

function explainWrite(cause: unknown, path: string): unknown {
  const systemCode = codeOf(cause);
  if (cause instanceof Fault || systemCode === undefined) return cause;
  const isFull = systemCode === 'ENOSPC' || systemCode === 'EDQUOT';
  const message = isFull ? `The disk that holds ${path} is full.` : `${path} could not be made.`;
  return new Fault('host_fault', message, {
    remedy: isFull ? 'Free some space there.' : 'Check the disks of the host.',
    data: { path, systemCode, ...(isFull ? { reason: 'disk_full' } : {}) },
    cause,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
