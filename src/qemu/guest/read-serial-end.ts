import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { guestFiles } from './guest-files.ts';

const endBytes = 256 * 1024;

/** The end of what a machine's first serial port has written, without touching the file: its owner cuts it at times. */
export async function readSerialEnd(folder: string): Promise<string> {
  // Not there before the machine has one, or when its folder is already gone.
  const file = await open(join(folder, guestFiles.serial), 'r').catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - endBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), { position: start });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
