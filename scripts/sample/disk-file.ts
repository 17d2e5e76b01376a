import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { runTool } from './run-tool.ts';

const chunkSize = 1024 * 1024;

/** What goes onto a disk: bytes, or a file whose holes stay holes. */
export type DiskPiece = { offset: number; content: Buffer } | { offset: number; file: string };

/** Writes a sparse raw disk. */
export function writeDisk(path: string, size: number, pieces: DiskPiece[]): void {
  const disk = openSync(path, 'wx');
  try {
    ftruncateSync(disk, size);
    for (const piece of pieces) {
      if ('content' in piece) writeSync(disk, piece.content, 0, piece.content.length, piece.offset);
      else copySparse(piece.file, disk, piece.offset);
    }
  } finally {
    closeSync(disk);
  }
}

function copySparse(file: string, disk: number, offset: number): void {
  const source = openSync(file, 'r');
  const zeros = Buffer.alloc(chunkSize);
  const chunk = Buffer.alloc(chunkSize);
  try {
    for (let position = 0; ; ) {
      const length = readSync(source, chunk, 0, chunkSize, position);
      if (length === 0) return;
      const data = chunk.subarray(0, length);
      if (!data.equals(zeros.subarray(0, length))) writeSync(disk, data, 0, length, offset + position);
      position += length;
    }
  } finally {
    closeSync(source);
  }
}

/** The names of qemu-img: vhdx, vpc (VHD), qcow2, vmdk, vdi, raw. */
export type DiskFormat = 'vhdx' | 'vpc' | 'qcow2' | 'vmdk' | 'vdi' | 'raw';

/** Converts a raw disk; `options` are qemu-img's own, e.g. ["subformat=fixed"]. */
export async function convertDisk(
  raw: string,
  target: string,
  format: DiskFormat,
  options: readonly string[],
): Promise<void> {
  // Without force_size a VHD's size is rounded to its geometry, and the GPT copy at the end is no longer at the end.
  const all = format === 'vpc' ? ['force_size=on', ...options] : options;
  const extra = all.length > 0 ? ['-o', all.join(',')] : [];
  await runTool('qemu-img', ['convert', '-f', 'raw', '-O', format, ...extra, raw, target]);
}
