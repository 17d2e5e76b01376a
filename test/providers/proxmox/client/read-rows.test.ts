import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRows } from '../../../../src/providers/proxmox/client/read-rows.ts';

function read(text: string): { rows: unknown[]; taken: number; whole: boolean } {
  const rows: unknown[] = [];
  return { ...readRows(text, row => rows.push(row)), rows };
}

/** Long enough that an answer of some of them has several pieces. */
const row = fc.record({
  vmid: fc.nat(),
  name: fc.oneof(fc.string(), fc.constantFrom('a},{b', '"},{"', ']}', '\\"},{')),
  filling: fc.nat(30_000).map(length => 'x'.repeat(length)),
  nested: fc.option(fc.array(fc.record({ a: fc.nat() }), { maxLength: 3 }), { nil: undefined }),
});

describe('a long list that is read in pieces', () => {
  it('gives the rows of JSON.parse, in order, and says when it is not whole', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), list => {
        const text = JSON.stringify({ data: list });
        const { rows, taken, whole } = read(text);
        const all = (JSON.parse(text) as { data: unknown[] }).data;
        expect(rows).toEqual(all.slice(0, taken));
        if (whole) expect(taken).toBe(all.length);
      }),
      { numRuns: 200 },
    );
  });

  it('of many plain rows is whole', () => {
    const list = Array.from({ length: 5000 }, (_, vmid) => ({ id: `qemu/${vmid}`, vmid, name: `web-${vmid}` }));
    expect(read(JSON.stringify({ data: list }))).toEqual({ rows: list, taken: 5000, whole: true });
    expect(read('{"data":[]}\n')).toEqual({ rows: [], taken: 0, whole: true });
  });

  it.each(['', '{', '{"data":[', '{"data":null}', '{"data":[{"a":1},{"a":', '{"data":{"a":1}}', '[{"a":1}]'])(
    'is left to others when it is none: %s',
    text => {
      expect(read(text)).toEqual({ rows: [], taken: 0, whole: false });
    },
  );
});
