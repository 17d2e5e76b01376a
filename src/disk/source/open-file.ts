import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { ByteReader } from './byte-reader.ts';
import { fileFault } from './file-fault.ts';
import { FileReader } from './file-reader.ts';
import { invalidStructure } from './invalid-structure.ts';

export interface OpenFile extends ByteReader {
  /** The same for every name of the same file. */
  readonly identity: string;
  close(): Promise<void>;
}

// A FIFO without a writer would block an open for ever; the flag does not exist on Windows, nor do FIFOs. On Windows libuv
// shares the file for reading, writing and deleting, so that a program that works with the backup is not kept from it.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
// Only the owner may ask Linux to leave the time of the last access alone.
const withoutAccessTime = constants.O_NOATIME ?? 0;

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
    handle = await openHandle(path);
    const stats = await handle.stat({ bigint: true });
    checkKind(stats, path);
    const size = stats.isBlockDevice() ? await blockDeviceSize(Number(stats.rdev), path) : Number(stats.size);
    if (size === 0) throw invalidStructure(path, 'file', 0, 'is empty');
    return new FileReader(handle, path, size, `${stats.dev}:${stats.ino}`);
  } catch (error) {
    await handle?.close();
    throw fileFault(error, path);
  }
}

async function openHandle(path: string): Promise<FileHandle> {
  if (withoutAccessTime === 0) return await open(path, flags);
  try {
    return await open(path, flags | withoutAccessTime);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
    return await open(path, flags);
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
