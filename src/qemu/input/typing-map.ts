import { type KeyboardLayout, type KeyRows, keyNames } from './keyboard-layout.ts';

/** Keys that are held together, QEMU's names, in the order in which they are pressed. */
export type Chord = readonly string[];

/** For each character that a layout can write: the chords that write it, one after the other. */
export type TypingMap = ReadonlyMap<string, readonly Chord[]>;

const levels = [
  { name: 'plain', modifiers: [] },
  { name: 'shift', modifiers: ['shift'] },
  { name: 'altgr', modifiers: ['alt_r'] },
  { name: 'altgrShift', modifiers: ['shift', 'alt_r'] },
] as const;

/** What an accent key adds to the letter after it. */
const combiningMarks: Readonly<Record<string, string>> = {
  '`': '\u0300',
  '´': '\u0301',
  '^': '\u0302',
  '~': '\u0303',
  '¨': '\u0308',
};

const sameEverywhere: readonly (readonly [string, Chord])[] = [
  [' ', ['spc']],
  ['\n', ['ret']],
  ['\t', ['tab']],
];

/** How to type each character of a layout: with one chord where there is one, else with an accent key and a letter. */
export function buildTypingMap(layout: KeyboardLayout): TypingMap {
  const keys = listKeys(layout);
  const live = keys.filter(({ dead }) => !dead);
  const accents = keys.filter(({ dead }) => dead);
  return new Map<string, readonly Chord[]>([
    // Later entries replace earlier ones: a character with a key of its own is never put together.
    ...accents.flatMap(({ character, chord }) => composeWith(character, chord, live)),
    ...accents.map(({ character, chord }) => [character, [chord, ['spc']]] as const),
    ...live.map(({ character, chord }) => [character, [chord]] as const),
    ...sameEverywhere.map(([character, chord]) => [character, [chord]] as const),
  ]);
}

interface WritingKey {
  readonly character: string;
  readonly chord: Chord;
  readonly dead: boolean;
}

/** Every key at every level that writes something. */
export function listKeys(layout: KeyboardLayout): WritingKey[] {
  return levels.flatMap(({ name, modifiers }) => {
    const rows: KeyRows | undefined = layout[name];
    const dead = name === 'altgrShift' ? '' : (layout.dead?.[name] ?? '');
    return (rows ?? []).flatMap((row, number) =>
      [...row].flatMap((character, place) => {
        const key = keyNames[number]?.[place];
        if (character === ' ' || key === undefined) return [];
        return [{ character, chord: [...modifiers, key], dead: dead.includes(character) }];
      }),
    );
  });
}

function composeWith(
  accent: string,
  chord: Chord,
  live: readonly WritingKey[],
): (readonly [string, readonly Chord[]])[] {
  const mark = combiningMarks[accent];
  if (mark === undefined) return [];
  return live
    .filter(({ character }) => /\p{L}/u.test(character))
    .map(letter => [`${letter.character}${mark}`.normalize('NFC'), [chord, letter.chord]] as const)
    .filter(([composed]) => [...composed].length === 1);
}
