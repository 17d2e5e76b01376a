import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { ByteReader } from './byte-reader.ts';
import { checkRange } from './check-range.ts';
import { fileFault } from './file-fault.ts';
import { invalidStructure } from './invalid-structure.ts';

export interface OpenFile extends ByteReader {
  /** The same for every name of the same file. */
  readonly identity: string;
  close(): Promise<void>;
}

// A FIFO without a writer would block an open for ever; the flag does not exist on Windows, nor do FIFOs.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file or a block device for reading only. Folders, FIFOs, sockets, character devices and empty files are Faults
 * (`invalid`), as are a missing file (`not_found`) and one that may not be read (`denied`). Never waits for another program.
 */
export async function openFile(path: string, signal?: AbortSignal): Promise<OpenFile> {
  if (signal?.aborted) throw cancelledFault(signal, `Opening "${path}"`);
  if (path === '') throw new Fault('invalid', 'An empty path names no disk image.', { data: { path } });
  let handle: FileHandle | undefined;
  try {
    checkKind(await stat(path, { bigint: true }), path);
    handle = await open(path, flags);
    const stats = await handle.stat({ bigint: true });
    checkKind(stats, path);
    const size = stats.isBlockDevice() ? await blockDeviceSize(Number(stats.rdev), path) : Number(stats.size);
    if (size === 0) throw invalidStructure(path, 'file', 0, 'is empty');
    return makeReader(handle, path, size, `${stats.dev}:${stats.ino}`);
  } catch (error) {
    await handle?.close();
    throw fileFault(error, path);
  }
}

function checkKind(stats: BigIntStats, path: string): void {
  if (stats.isFile() || stats.isBlockDevice()) return;
  const kinds: readonly [boolean, string][] = [
    [stats.isDirectory(), 'a folder'],
    [stats.isFIFO(), 'a pipe'],
    [stats.isSocket(), 'a socket'],
    [stats.isCharacterDevice(), 'a character device'],
  ];
  const kind = kinds.find(([matches]) => matches)?.[1] ?? 'a special file';
  throw new Fault('invalid', `"${path}" is ${kind}, not a disk image.`, {
    remedy: 'Name an image file or a block device.',
    data: { path, kind },
  });
}

async function blockDeviceSize(device: number, path: string): Promise<number> {
  const major = Math.floor(device / 256) & 0xfff;
  const minor = (device & 0xff) + Math.floor(device / 0x100000) * 256;
  try {
    return Number.parseInt(await readFile(`/sys/dev/block/${major}:${minor}/size`, 'ascii'), 10) * 512;
  } catch (error) {
    throw new Fault('unsupported', `The size of the device "${path}" can not be found out on this system.`, {
      remedy: 'Copy the device into an image file first.',
      data: { path },
      cause: error,
    });
  }
}

function makeReader(handle: FileHandle, path: string, size: number, identity: string): OpenFile {
  let closed: Promise<void> | undefined;
  const file: OpenFile = {
    path,
    size,
    identity,
    async read(offset, length, signal) {
      if (signal?.aborted) throw cancelledFault(signal, `Reading "${path}"`);
      checkRange(file, 'range', offset, length);
      return await readFully(handle, path, offset, length);
    },
    close() {
      closed ??= handle.close();
      return closed;
    },
  };
  return file;
}

async function readFully(handle: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = await readOnce(handle, path, bytes, done, offset + done);
    if (count === 0) throw invalidStructure(path, 'file', offset + done, 'became shorter while it was read');
    done += count;
  }
  return bytes;
}

async function readOnce(handle: FileHandle, path: string, bytes: Buffer, at: number, offset: number): Promise<number> {
  try {
    return (await handle.read(bytes, at, bytes.length - at, offset)).bytesRead;
  } catch (error) {
    throw fileFault(error, path);
  }
}
