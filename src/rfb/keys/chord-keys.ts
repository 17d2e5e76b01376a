import type { Key } from './key.ts';
import { keyTable } from './key-table.ts';

/** What stands on the keys of a US keyboard, without Shift and with it. */
const plain = "`1234567890-=[]\\;',./";
const shifted = '~!@#$%^&*()_+{}|:"<>?';
const shifts: readonly string[] = ['shift', 'shift_r'];

/**
 * The keys of a chord, by QEMU's names. With Shift among them the others tell of what is above: servers set Caps Lock right where
 * a capital letter comes without Shift, or a small one with it.
 */
export function chordKeys(chord: readonly string[]): Key[] {
  const shift = chord.some(name => shifts.includes(name));
  return chord.map(name => {
    const key = keyTable.get(name);
    if (key === undefined) throw new Error(`there is no key "${name}"`);
    return shift ? { ...key, keysym: shiftKeysym(key.keysym) } : key;
  });
}

function shiftKeysym(keysym: number): number {
  if (keysym < 0x20 || keysym > 0x7e) return keysym;
  const sign = String.fromCharCode(keysym);
  const place = plain.indexOf(sign);
  return (place < 0 ? sign.toUpperCase() : (shifted[place] ?? sign)).charCodeAt(0);
}
