import { join } from 'node:path';
import { readFileEnd } from '../../host/read-file-end.ts';
import { guestFiles } from './guest-files.ts';

const endBytes = 256 * 1024;

/** The end of what a machine's first serial port has written, without touching the file: its owner cuts it at times. */
export function readSerialEnd(folder: string): Promise<string> {
  return readFileEnd(join(folder, guestFiles.serial), endBytes);
}
