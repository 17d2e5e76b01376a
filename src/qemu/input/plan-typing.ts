import { Fault } from '../../errors/fault.ts';
import { allLayouts, type LayoutName } from './all-layouts.ts';
import { buildTypingMap, type Chord } from './typing-map.ts';

/** The chords for each character of a text. Throws `invalid` for the first character that the layout cannot write. */
export function planTyping(text: string, layoutName: LayoutName): readonly (readonly Chord[])[] {
  const map = buildTypingMap(allLayouts[layoutName]);
  // A letter and its accent may have come as two characters; keyboards write them as one. Windows ends lines with two.
  const characters = [...text.replaceAll('\r\n', '\n').normalize('NFC')];
  return characters.map((character, index) => {
    const chords = map.get(character);
    if (chords !== undefined) return chords;
    const remedy = `Leave it out, or name the layout that the guest is set to. Layouts: ${Object.keys(allLayouts).join(', ')}.`;
    throw new Fault(
      'invalid',
      `Character ${index + 1} of the text, ${describe(character)}, is not on the keyboard layout "${layoutName}".`,
      { remedy, data: { field: 'text', position: index + 1, character: describe(character) } },
    );
  });
}

function describe(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? `"${character}" (${code})` : code;
}
