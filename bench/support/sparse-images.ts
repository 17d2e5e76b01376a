import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

/** A dynamic VHDX, closed cleanly, all of whose 1 GiB is in use. */
export async function makeFullVhdx(folder: string): Promise<string> {
  const raw = path.join(folder, 'full.raw');
  const image = path.join(folder, 'full.vhdx');
  const file = openSync(raw, 'w');
  const piece = Buffer.alloc(16 * mebibyte);
  for (let written = 0; written < 1024 * mebibyte; written += piece.length) writeSync(file, randomFillSync(piece));
  closeSync(file);
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'vhdx', '-o', 'subformat=dynamic', raw, image]);
  rmSync(raw);
  return image;
}

/** A VHDX of 2 TiB with nothing on it; a small block size makes its table large. */
export async function makeEmptyVhdx(folder: string, blockSize?: string): Promise<string> {
  const image = path.join(folder, `empty-${blockSize ?? 'usual'}.vhdx`);
  const options = blockSize === undefined ? [] : ['-o', `block_size=${blockSize}`];
  await run('qemu-img', ['create', '-q', '-f', 'vhdx', ...options, image, '2T']);
  return image;
}
