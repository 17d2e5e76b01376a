import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tools } from '../../../src/catalog/tools.ts';
import { allLayouts, type LayoutName } from '../../../src/qemu/input/all-layouts.ts';
import { keyCodes } from '../../../src/qemu/input/key-names.ts';
import { keyNames } from '../../../src/qemu/input/keyboard-layout.ts';
import { planTyping } from '../../../src/qemu/input/plan-typing.ts';
import { buildTypingMap, listKeys } from '../../../src/qemu/input/typing-map.ts';
import { characterOf, scanCodes } from './support/keysyms.ts';

const names = Object.keys(allLayouts) as LayoutName[];
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));

describe.each(names)('the keyboard layout %s', name => {
  const layout = allLayouts[name];
  const map = buildTypingMap(layout);

  it('writes all of ASCII, newline and tab', () => {
    expect([...printable, '\n', '\t'].filter(character => !map.has(character))).toEqual([]);
  });

  it('has a place for every character, and each only once', () => {
    const levels = [layout.plain, layout.shift, layout.altgr ?? [], layout.altgrShift ?? []];
    const drawn = levels.flat().join('').replaceAll(' ', '');
    const keys = listKeys(layout);
    expect(keys.map(({ character }) => character).join('')).toBe(drawn);
    for (const dead of [true, false]) {
      const characters = keys.filter(key => key.dead === dead).map(({ character }) => character);
      expect(characters).toEqual([...new Set(characters)]);
    }
    const chords = keys.map(({ chord }) => chord.join());
    expect(chords).toEqual([...new Set(chords)]);
  });

  it('types different characters in different ways', () => {
    const ways = [...map.values()].map(chords => JSON.stringify(chords));
    expect(ways).toEqual([...new Set(ways)]);
    expect([...map.values()].flat(2).filter(key => !keyCodes.includes(key))).toEqual([]);
  });

  it('plans any text of its characters, one by one', () => {
    const characters = [...map.keys()];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...characters), { maxLength: 50 }), parts => {
        const text = parts.join('');
        expect(planTyping(text, name)).toEqual(parts.map(part => map.get(part)));
      }),
    );
  });

  it("agrees with QEMU's own key map", ctx => {
    const keymap = readKeymap(name);
    if (keymap === undefined) return ctx.skip(`QEMU's key map for ${name} is not installed`);
    const compared = listKeys(layout).flatMap(({ character, chord }) => {
      const place = describePlace(chord);
      // Its key maps leave out what is the same everywhere.
      const there = keymap.get(place);
      return there === undefined ? [] : [{ character, place, there }];
    });
    expect(compared.length).toBeGreaterThan(50);
    expect(compared.filter(({ character, there }) => !there.includes(character))).toEqual([]);
  });
});

const files: Record<LayoutName, string> = {
  ...{ us: 'en-us', gb: 'en-gb', de: 'de', fr: 'fr', es: 'es', it: 'it', pt: 'pt', br: 'pt-br', se: 'sv' },
  ...{ no: 'no', dk: 'da', fi: 'fi', ch: 'de-ch', be: 'fr-be', pl: 'pl' },
};

/** Lines such as "braceleft 0x08 altgr", by "0x08 altgr". */
function readKeymap(name: LayoutName): Map<string, string[]> | undefined {
  let text: string;
  try {
    text = readFileSync(`/usr/share/qemu/keymaps/${files[name]}`, 'utf8');
  } catch {
    return undefined;
  }
  const places = new Map<string, string[]>();
  for (const [, keysym = '', code = '', modifiers = ''] of text.matchAll(/^(\w+) (0x[0-9a-f]+)((?: \w+)*)$/gm)) {
    const place = `${Number(code)}${modifiers}`;
    const character = characterOf(keysym);
    if (character !== undefined) places.set(place, [...(places.get(place) ?? []), character]);
  }
  return places;
}

function describePlace(chord: readonly string[]): string {
  const key = chord.at(-1) ?? '';
  const modifiers = chord.slice(0, -1).map(modifier => (modifier === 'alt_r' ? 'altgr' : modifier));
  return [scanCodes[keyNames.flat().indexOf(key)], ...modifiers].join(' ');
}

describe('a text', () => {
  it('is refused for a character that the layout lacks, named with its position', () => {
    expect(() => planTyping('abcß', 'us')).toThrow(
      expect.objectContaining({
        code: 'invalid',
        message: 'Character 4 of the text, "ß" (U+00DF), is not on the keyboard layout "us".',
        data: { field: 'text', position: 4, character: '"ß" (U+00DF)' },
      }),
    );
    expect(() => planTyping('a\u001b[A', 'de')).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ position: 2 }) }),
    );
    expect(() => planTyping('👍', 'de')).toThrow(/Character 1 of the text, "👍" \(U\+1F44D\)/);
  });

  it('may have line ends of Windows, and accents as characters of their own', () => {
    expect(planTyping('a\r\nb', 'us')).toEqual([[['a']], [['ret']], [['b']]]);
    expect(planTyping('e\u0301', 'es')).toEqual([[['apostrophe'], ['e']]]);
    expect(planTyping('Ê', 'fr')).toEqual([[['bracket_left'], ['shift', 'e']]]);
    expect(planTyping('^', 'de')).toEqual([[['grave_accent'], ['spc']]]);
  });

  it('can be in every layout that the tool names', () => {
    const { layout } = tools['vm.type'].input.shape;
    expect([...layout.unwrap().options].sort()).toEqual([...names].sort());
  });
});
