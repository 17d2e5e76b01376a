import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPropertyString, parsePropertyString } from '../../../src/providers/proxmox/property-string.ts';

const key = fc.stringMatching(/^[A-Za-z][\w-]{0,12}$/);
const value = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter(text => !/[,\p{Cc}]/u.test(text) && text.trim() === text && text !== '');
const bare = fc.option(
  value.filter(text => !text.includes('=')),
  { nil: undefined },
);

describe('a property string', () => {
  it('is taken apart and put together again', () => {
    const text = 'virtio=BC:24:11:2A:00:01,bridge=vmbr0,tag=5';
    const { bare: none, properties } = parsePropertyString(text);
    expect([none, ...properties]).toEqual([
      undefined,
      ['virtio', 'BC:24:11:2A:00:01'],
      ['bridge', 'vmbr0'],
      ['tag', '5'],
    ]);
    expect(buildPropertyString({ properties })).toBe(text);
    expect(parsePropertyString('local-lvm:vm-100-disk-0,size=32G')).toEqual({
      bare: 'local-lvm:vm-100-disk-0',
      properties: new Map([['size', '32G']]),
    });
  });

  it('says the same after it was written, whatever stands in it', () => {
    const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 6 });
    fc.assert(
      fc.property(bare, entries, (first, pairs) => {
        fc.pre(first !== undefined || pairs.length > 0);
        const properties = new Map(pairs);
        const again = parsePropertyString(buildPropertyString({ bare: first, properties }));
        expect(again).toEqual({ bare: first, properties });
      }),
    );
  });

  it('is read without a failure, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), text => void parsePropertyString(text)));
  });

  it.each([
    ['vmbr0,tag=1', 'bridge'],
    ['vmbr0\n', 'bridge'],
    ['', 'bridge'],
    [' vmbr0', 'bridge'],
    ['vmbr0', 'bri,dge'],
    ['vmbr0', '__proto__='],
  ])('is never built of %j in %j', (text, name) => {
    const properties = new Map([[name, text]]);
    expect(() => buildPropertyString({ properties })).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});
