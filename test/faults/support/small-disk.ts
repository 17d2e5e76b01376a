import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { CannotArrange, type FaultPlace } from './fault-case.ts';

/** Mounts a disk of so many KiB at a folder, which is made; gone when the case ends. */
export function mountDisk(place: FaultPlace, folder: string, kibibytes: number, more = ''): void {
  mkdirSync(folder, { recursive: true });
  try {
    const options = `size=${kibibytes}k,mode=700${more}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    throw new CannotArrange('mounting a small tmpfs needs root');
  }
  place.defer(() => execFileSync('umount', ['-l', folder]));
}

export function growDisk(folder: string, mebibytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${mebibytes}m`, folder]);
}
