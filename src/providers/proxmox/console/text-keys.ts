import { Fault } from '../../../errors/fault.ts';
import type { LayoutName } from '../../../qemu/input/all-layouts.ts';
import { planTyping } from '../../../qemu/input/plan-typing.ts';
import type { Chord } from '../../../qemu/input/typing-map.ts';
import { characterKeysym } from '../../../rfb/keys/character-keysym.ts';
import { chordKeys } from '../../../rfb/keys/chord-keys.ts';
import type { Key } from '../../../rfb/keys/key.ts';

/** What writes one character, in both ways that a server may take it. */
export interface CharacterKeys {
  /** By the places of the keys: what is written is up to the layout that the guest is set to. */
  readonly places: readonly (readonly Key[])[];
  /** By the character itself, as terminals take it. */
  readonly sign: Key;
}

/** Accents that wait for their letter, by the mark that they add to it (X11: dead_grave …). */
const deadKeysyms: Readonly<Record<string, number>> = {
  '\u0300': 0xfe50,
  '\u0301': 0xfe51,
  '\u0302': 0xfe52,
  '\u0303': 0xfe53,
  '\u0308': 0xfe57,
};
/** The same, by the accent where it stands alone. */
const standingAccents: Readonly<Record<string, string>> = {
  '`': '\u0300',
  '´': '\u0301',
  '^': '\u0302',
  '~': '\u0303',
  '¨': '\u0308',
};

/** For a machine. Throws `invalid` for the first character that the layout can not write. */
export function machineKeys(text: string, layout: LayoutName): CharacterKeys[] {
  const characters = splitText(text);
  return planTyping(text, layout).map((chords, index) => {
    const character = characters[index] ?? '';
    return {
      places: chords.map((chord, turn) => placeKeys(chord, character, turn, chords.length)),
      sign: signOf(character),
    };
  });
}

/** For a terminal, which has no layout. Throws `invalid` for control characters. */
export function terminalKeys(text: string): CharacterKeys[] {
  return splitText(text).map((character, index) => {
    if (/[^\P{Cc}\n\t]/u.test(character)) {
      throw new Fault('invalid', `Character ${index + 1} of the text is a control character.`, {
        remedy: 'Leave it out; keys such as Escape are for vm.sendKeys.',
        data: { field: 'text', position: index + 1 },
      });
    }
    return { places: [], sign: signOf(character) };
  });
}

export const enterKeys: CharacterKeys = { places: [chordKeys(['ret'])], sign: signOf('\n') };

/** As the layouts have them: a letter and its accent are one character. */
function splitText(text: string): string[] {
  return [...text.replaceAll('\r\n', '\n').normalize('NFC')];
}

function signOf(character: string): Key {
  return { keysym: characterKeysym(character), scancode: 0 };
}

/** The last key of a chord tells what it writes, so that a server with a layout of its own finds it there. */
function placeKeys(chord: Chord, character: string, turn: number, turns: number): Key[] {
  const keys = chordKeys(chord);
  const last = keys.pop();
  if (last === undefined) return [];
  return [...keys, { ...last, keysym: turns === 1 ? characterKeysym(character) : accentKeysym(character, turn) }];
}

/** Of an accent and what comes after it: a letter, which may have another mark already, or a space where it stands alone. */
function accentKeysym(character: string, turn: number): number {
  const standing = standingAccents[character];
  const parts = standing === undefined ? [...character.normalize('NFD')] : [' ', standing];
  const mark = parts.pop() ?? '';
  return turn === 0 ? (deadKeysyms[mark] ?? 0) : characterKeysym(parts.join('').normalize('NFC'));
}
