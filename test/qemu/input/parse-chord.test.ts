import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyAliases, keyCodes } from '../../../src/qemu/input/key-names.ts';
import { parseChord } from '../../../src/qemu/input/parse-chord.ts';
import { halt } from '../support/boot-sector.ts';
import { Workbench } from '../support/run-guest.ts';

describe('a chord', () => {
  it.each([
    ['ctrl-alt-delete', ['ctrl', 'alt', 'delete']],
    ['Ctrl+Alt+Del', ['ctrl', 'alt', 'delete']],
    ['enter', ['ret']],
    ['F12', ['f12']],
    ['win-r', ['meta_l', 'r']],
    ['altgr-q', ['alt_r', 'q']],
    ['-', ['minus']],
    ['+', undefined],
    ['ctrl-minus', ['ctrl', 'minus']],
    ['ctrl-/', ['ctrl', 'slash']],
    [' ', ['spc']],
    ['page_down', ['pgdn']],
    ['kp_add', ['kp_add']],
  ])('%j means %j', (text, keys) => {
    if (keys === undefined) expect(() => parseChord(text, 'keys.0')).toThrow();
    else expect(parseChord(text, 'keys.0')).toEqual(keys);
  });

  it.each([
    ['ctrl-alt-delte', 'delete'],
    ['pagedwon', 'pagedown'],
    ['escap', 'escape'],
  ])('with an unknown key, %j, is refused with near words', (text, near) => {
    expect(() => parseChord(text, 'keys.3')).toThrow(
      expect.objectContaining({ code: 'invalid', data: { field: 'keys.3' }, remedy: expect.stringContaining(near) }),
    );
  });

  it.each(['', 'ctrl-', '-a', 'ctrl--', 'a-a', 'del-delete', 'constructor', 'a-b-c-d-e-f-g-h-i-j-k', 'é', 'a\u0000'])(
    'that is none, %j, is refused',
    text => {
      expect(() => parseChord(text, 'keys.0')).toThrow(expect.objectContaining({ code: 'invalid' }));
    },
  );

  it('of any known names is found, whatever joins them', () => {
    const words = fc.constantFrom(...keyCodes, ...Object.keys(keyAliases).filter(alias => alias.length > 1));
    fc.assert(
      fc.property(fc.uniqueArray(words, { minLength: 1, maxLength: 4 }), fc.constantFrom('-', '+'), (parts, joint) => {
        const codes = parts.map(part => keyAliases[part] ?? part);
        fc.pre(new Set(codes).size === codes.length);
        expect(parseChord(parts.join(joint).toUpperCase(), 'keys.0')).toEqual(codes);
      }),
    );
  });
});

describe('the keys', () => {
  let workbench: Workbench;
  beforeAll(async () => {
    workbench = await Workbench.open();
  });
  afterAll(() => workbench.close());

  it('are all known to QEMU, and so is what their other names stand for', async () => {
    const guest = await workbench.start(await workbench.writeDisk('halt.img', halt));
    const schema = (await guest.qmp.execute('query-qmp-schema')) as { values?: string[] }[];
    const known = schema.find(({ values }) => values?.includes('bracket_left'))?.values ?? [];
    expect(keyCodes.filter(code => !known.includes(code))).toEqual([]);
    expect(Object.values(keyAliases).filter(code => !keyCodes.includes(code))).toEqual([]);
    expect(keyCodes).toEqual([...new Set(keyCodes)]);
  });
});
