import { describe, expect, it } from 'vitest';
import { machineKeys } from '../../../src/providers/proxmox/console/text-keys.ts';
import { allLayouts, type LayoutName } from '../../../src/qemu/input/all-layouts.ts';
import { keyCodes } from '../../../src/qemu/input/key-names.ts';
import { buildTypingMap } from '../../../src/qemu/input/typing-map.ts';
import { characterKeysym } from '../../../src/rfb/keys/character-keysym.ts';
import { chordKeys } from '../../../src/rfb/keys/chord-keys.ts';
import { keyTable } from '../../../src/rfb/keys/key-table.ts';

describe.each(Object.keys(allLayouts) as LayoutName[])('the text keys of the layout %s', layout => {
  it('press what its chords press, and tell what that writes', () => {
    for (const [character, chords] of buildTypingMap(allLayouts[layout])) {
      const [keys] = machineKeys(character, layout);
      const places = chords.map(chord => chord.map(name => keyTable.get(name)?.scancode));
      expect(keys?.places.map(chord => chord.map(({ scancode }) => scancode))).toEqual(places);
      expect(keys?.places.flat().filter(({ keysym }) => keysym === 0)).toEqual([]);
      if (chords.length === 1) expect(keys?.places[0]?.at(-1)?.keysym).toBe(characterKeysym(character));
      expect(keys?.sign).toEqual({ keysym: characterKeysym(character), scancode: 0 });
    }
  });
});

describe('the keys of VNC', () => {
  it('are those that QEMU has names for, each at a place of its own', () => {
    expect([...keyTable.keys()].toSorted()).toEqual([...keyCodes].toSorted());
    const scancodes = [...keyTable.values()].map(({ scancode }) => scancode);
    expect(scancodes).toEqual([...new Set(scancodes)]);
    expect([...keyTable.values()].filter(({ keysym, scancode }) => keysym === 0 || scancode === 0)).toEqual([]);
  });

  it.each([
    ['a', 0x61],
    ['\n', 0xff0d],
    ['\t', 0xff09],
    ['é', 0xe9],
    ['€', 0x20ac],
    ['ж', 0x1000436],
    ['😀', 0x101f600],
  ])('write %j by the number %i', (character, keysym) => {
    expect(characterKeysym(character)).toBe(keysym);
  });

  it('tell what is above when Shift is held', () => {
    const keysyms = (chord: readonly string[]) => chordKeys(chord).map(({ keysym }) => String.fromCharCode(keysym));
    expect(keysyms(['shift', 'a', '1', 'slash', 'backslash']).slice(1)).toEqual(['A', '!', '?', '|']);
    expect(keysyms(['ctrl', 'c'])[1]).toBe('c');
    expect(chordKeys(['shift', 'f1'])[1]?.keysym).toBe(0xffbe);
  });
});
