import { closeSync, copyFileSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { drivers, type Format, qemuImg } from '../../providers/qemu/support/image-tools.ts';
import { blockDebug } from '../../support/images/block-debug.ts';
import type { FaultPlace } from './fault-case.ts';

/** A copy of the place's disk in another format. */
export function convertDisk(place: FaultPlace, format: Format, name = `disk.${format}`): string {
  qemuImg('convert', '-f', 'raw', '-O', drivers[format], place.disk, place.at(name));
  return place.at(name);
}

/** Overwrites bytes of a file. */
export function patchFile(file: string, offset: number, bytes: Uint8Array): string {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, offset);
  closeSync(handle);
  return file;
}

/** Cuts a file short. */
export function cutFile(file: string, share: number): string {
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, Math.floor(statSync(file).size * share));
  closeSync(handle);
  return file;
}

export function copyDisk(place: FaultPlace, name: string): string {
  copyFileSync(place.disk, place.at(name));
  return place.at(name);
}

/** A VHDX as a power cut leaves it: QEMU's n-th write to it fails. */
export const interruptedWrite = (file: string, n = 8): string[] => {
  const node = { driver: 'vhdx', file: blockDebug(file, n) };
  return ['-t', 'writethrough', '-c', 'write -P 0x5a 0 1M', `json:${JSON.stringify(node)}`];
};
