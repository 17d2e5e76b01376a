import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import { suggestWords } from '../../errors/near-words.ts';
import { keyAliases, keyCodes } from './key-names.ts';
import type { Chord } from './typing-map.ts';

/** More fingers than this nobody has. */
const mostKeys = 10;
const codes: ReadonlySet<string> = new Set(keyCodes);

/** "ctrl-alt-delete" or "ctrl+alt+delete" as QEMU's key names. Throws `invalid`, which names the field and what was meant. */
export function parseChord(raw: string, field: string): Chord {
  const text = raw.toLowerCase();
  // A single sign is a key even when it joins keys elsewhere.
  const words = text.length === 1 ? [text] : text.split(/[-+]/);
  const chord = words.map(word => findKey(word, raw, field));
  if (chord.length > mostKeys) throw refuse(raw, field, `has more than ${mostKeys} keys`);
  if (new Set(chord).size < chord.length) throw refuse(raw, field, 'has a key twice');
  return chord;
}

function findKey(word: string, raw: string, field: string): string {
  const code = Object.hasOwn(keyAliases, word) ? keyAliases[word] : word;
  if (code !== undefined && codes.has(code)) return code;
  const what = word === '' ? 'has nothing where a key should be' : `has an unknown key, "${escapeControls(word)}"`;
  const near = word === '' ? '' : suggestWords(word, [...keyCodes, ...Object.keys(keyAliases)]);
  throw refuse(raw, field, what, near);
}

function refuse(raw: string, field: string, what: string, near = ''): Fault {
  return new Fault('invalid', `The chord "${escapeControls(raw.slice(0, 100))}" ${what}.`, {
    remedy: `${near}Join key names by "-", e.g. "ctrl-alt-delete", "f2", "pgdn", "kp_add", "minus"; text is for vm.type.`,
    data: { field },
  });
}
