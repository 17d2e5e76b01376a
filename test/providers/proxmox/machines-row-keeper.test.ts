import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presentMachine } from '../../../src/providers/proxmox/machines/present-machine.ts';
import { RowKeeper } from '../../../src/providers/proxmox/machines/row-keeper.ts';

const place = { host: 'lab', node: 'pve1', type: 'qemu' as const, vmid: 100, identity: 'a' };
const row = { name: 'web', status: 'running', maxcpu: 2, maxmem: 2 ** 31, template: 0, tags: 'prod;web' };

describe('a row that comes again', () => {
  it('is the same machine while it says the same, whatever it uses meanwhile', () => {
    const keeper = new RowKeeper();
    const first = keeper.present({ ...row, cpu: 0.1, uptime: 5 }, place);
    keeper.turn();
    expect(keeper.present({ ...row, cpu: 0.7, uptime: 9 }, place)).toBe(first);
    keeper.turn();
    keeper.turn();
    expect(keeper.present(row, place)).not.toBe(first);
  });

  it('is always what it would be by itself', () => {
    const rows = fc.record(
      {
        name: fc.constantFrom('web', 'db', ''),
        status: fc.constantFrom('running', 'stopped'),
        qmpstatus: fc.constantFrom('paused', 'running'),
        maxcpu: fc.constantFrom<unknown>(2, 4, '4'),
        maxmem: fc.constantFrom<unknown>(1, 2, null),
        template: fc.constantFrom<unknown>(0, 1, '1'),
        lock: fc.constantFrom('backup', ''),
        tags: fc.constantFrom<unknown>('a;b', 'a,b', '', null),
      },
      { requiredKeys: [] },
    );
    const places = fc.record({
      node: fc.constantFrom('pve1', 'pve2'),
      type: fc.constantFrom('qemu' as const, 'lxc' as const),
      identity: fc.constantFrom('a', undefined),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(rows, places), { minLength: 1, maxLength: 6 }), lists => {
        const keeper = new RowKeeper();
        for (const [raw, where] of lists) {
          const at = { ...place, ...where };
          expect(keeper.present(raw, at)).toEqual(presentMachine(raw, at));
          keeper.turn();
        }
      }),
      { numRuns: 500 },
    );
  });
});
