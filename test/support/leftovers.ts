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

/** Command lines of the processes that another has started and that still run; only where /proc tells. */
export function childrenOf(parent: number): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(number => {
      try {
        // "4711 (node) S 4700 …": the name may hold spaces and brackets.
        const [, after = ''] = /^.*\) . (\d+) /s.exec(readFileSync(`/proc/${number}/stat`, 'utf8')) ?? [];
        return Number(after) === parent ? [readFileSync(`/proc/${number}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
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
