import type { ByteReader } from '../../../src/disk/source/byte-reader.ts';
import type { FileContent, FileSystem } from '../../../src/disk/volumes/file-system.ts';

/** Bytes in memory as something to read; reading outside of them is an error of the reader that is tested. */
export function memory(bytes: Buffer): ByteReader {
  return {
    path: 'memory',
    size: bytes.length,
    async read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) {
        throw new RangeError(`read outside: ${offset} + ${length}`);
      }
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** The content of a file that has to be there. */
export async function contentOf(files: FileSystem, path: string): Promise<FileContent> {
  const content = await files.openFile(path);
  if (!content) throw new Error(`no content: ${path}`);
  return content;
}

export async function readWhole(files: FileSystem, path: string): Promise<Buffer> {
  const content = await contentOf(files, path);
  return Buffer.from(await content.read(0, content.size));
}

/** The names in a folder, sorted. */
export async function namesIn(files: FileSystem, path: string): Promise<string[]> {
  const folder = await files.find(path);
  const names: string[] = [];
  for await (const { name } of folder?.entries?.() ?? []) names.push(name);
  return names.sort();
}
