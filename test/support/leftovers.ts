import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Command lines of running processes that name a folder; only where /proc tells. */
export function processesNaming(folder: string): string[] {
  const numbers = readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid);
  return numbers
    .map(number => {
      try {
        return readFileSync(`/proc/${number}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter(line => line.includes(folder));
}

/** Every file below a folder, by its path from there. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)));
  } catch {
    return [];
  }
}
