import type { DiskVolume } from '../../../disk/guest/find-volumes.ts';
import { allLayouts, type LayoutName } from '../../../qemu/input/all-layouts.ts';

const longest = 16 * 1024;
const settings = [
  // KEYMAP=de-latin1
  { file: '/etc/vconsole.conf', line: /^\s*KEYMAP\s*=\s*["']?([a-z]{2})/m },
  // XKBLAYOUT="de,us"
  { file: '/etc/default/keyboard', line: /^\s*XKBLAYOUT\s*=\s*["']?([a-z]{2})/m },
];
/** What the console's own names of keyboards call some of them. */
const otherNames: Readonly<Record<string, LayoutName>> = { uk: 'gb', sg: 'ch', sf: 'ch', sv: 'se' };

/** The keyboard that a Linux on these volumes is set to; a US one where none says otherwise. */
export async function findLayout(volumes: readonly DiskVolume[], signal: AbortSignal): Promise<LayoutName> {
  for (const { files } of volumes) {
    for (const { file, line } of settings) {
      const text = (await files?.readFile(file, longest, signal))?.toString('utf8') ?? '';
      const name = line.exec(text)?.[1];
      const layout = name === undefined ? undefined : (otherNames[name] ?? (isLayout(name) ? name : undefined));
      if (layout !== undefined) return layout;
    }
  }
  return 'us';
}

function isLayout(name: string): name is LayoutName {
  return Object.hasOwn(allLayouts, name);
}
