import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeMachines } from '../../src/inventory/merge-machines.ts';
import type { Machine } from '../../src/model/machine.ts';

const places = ['qemu:local', 'hyperv:local', 'proxmox:a', 'proxmox:b', 'proxmox:c'];

function row(place: string, number: number, rest: Partial<Machine> = {}): Machine {
  const [provider = '', host = ''] = place.split(':');
  const name = `m${number % 3}`;
  return { id: `${place}/${number}`, provider, host, name, kind: 'vm', state: 'running', nativeState: 'on', ...rest };
}

/** A handful of rows with a handful of tokens, so that they meet often; each id once, as hosts list them. */
const rows = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...places), fc.nat(5)), {
    selector: ([place, number]) => `${place}/${number}`,
    maxLength: 12,
  })
  .chain(ids =>
    fc.tuple(
      ...ids.map(([place, number]) =>
        fc
          .record({
            identity: fc.uniqueArray(fc.constantFrom('pve:x/1', 'pve:x/2', 'vmx:/a', 'uuid:1', 'uuid:2', 'wsl:1'), {
              maxLength: 3,
            }),
            name: fc.constantFrom('web', 'db'),
            age: fc.option(fc.nat(9), { nil: undefined }),
          })
          .map(({ identity, name, age }) =>
            row(place, number, { name, identity, ...(age === undefined ? {} : { ageSeconds: age }) }),
          ),
      ),
    ),
  );

const idsOf = ({ id, otherIds = [] }: Machine) => [id, ...otherIds];
const byId = (machines: readonly Machine[]) => [...machines].sort((a, b) => (a.id < b.id ? -1 : 1));
const placeOf = (id: string) => id.split('/')[0];

describe('merging', () => {
  it('loses no machine and invents none', () => {
    fc.assert(
      fc.property(rows, machines => {
        const ids = mergeMachines(machines).flatMap(idsOf);
        expect([...ids].sort()).toEqual(machines.map(({ id }) => id).sort());
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order of the rows', () => {
    const shuffled = rows.chain(machines =>
      fc.tuple(fc.constant(machines), fc.shuffledSubarray(machines, { minLength: machines.length })),
    );
    fc.assert(
      fc.property(shuffled, ([machines, others]) => {
        expect(byId(mergeMachines(others))).toEqual(byId(mergeMachines(machines)));
      }),
      { numRuns: 1000 },
    );
  });

  it('changes nothing when it is done again', () => {
    fc.assert(
      fc.property(rows, machines => {
        const once = byId(mergeMachines(machines));
        expect(byId(mergeMachines(once))).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('may be done in parts, where no token is a copy', () => {
    // One row at most of each place, so that nothing is there twice.
    const single = rows.map(machines => [...new Map(machines.map(machine => [placeOf(machine.id), machine])).values()]);
    fc.assert(
      fc.property(single, fc.nat(12), (machines, at) => {
        const parts = [...mergeMachines(machines.slice(0, at)), ...mergeMachines(machines.slice(at))];
        expect(byId(mergeMachines(parts))).toEqual(byId(mergeMachines(machines)));
      }),
      { numRuns: 1000 },
    );
  });

  it('joins nothing without a shared token, and never two machines of one host', () => {
    fc.assert(
      fc.property(rows, machines => {
        const known = new Map(machines.map(machine => [machine.id, machine]));
        for (const merged of mergeMachines(machines)) {
          const ids = idsOf(merged);
          expect(new Set(ids.map(placeOf)).size).toBe(ids.length);
          for (const id of ids.length > 1 ? ids : []) {
            const own = known.get(id)?.identity ?? [];
            const others = ids.filter(other => other !== id).flatMap(other => known.get(other)?.identity ?? []);
            expect(
              own.some(token => others.includes(token)),
              id,
            ).toBe(true);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the same machine by two roads', () => {
  it('is one row that knows both', () => {
    const merged = mergeMachines([
      row('proxmox:a', 100, { identity: ['pve:lab/100'] }),
      row('proxmox:a', 101, { identity: ['pve:lab/101'] }),
      row('proxmox:b', 100, { identity: ['pve:lab/100'] }),
    ]);
    expect(merged).toHaveLength(2);
    expect(merged[0]).toMatchObject({ id: 'proxmox:a/100', otherIds: ['proxmox:b/100'] });
  });

  it('shows what was told now before what was kept, and this computer before a network', () => {
    const identity = ['vmx:/vms/web.vmx'];
    const old = row('hyperv:local', 1, { identity, ageSeconds: 9 });
    const far = row('proxmox:a', 1, { identity });
    const near = row('qemu:local', 1, { identity });
    expect(mergeMachines([old, far])[0]).toMatchObject({ id: 'proxmox:a/1' });
    expect(mergeMachines([far, near])[0]).toMatchObject({ id: 'qemu:local/1', otherIds: ['proxmox:a/1'] });
  });

  it('is found by its UUID only under the same name, as images are copied with theirs', () => {
    const [a, b] = [
      row('hyperv:local', 1, { name: 'web', identity: ['uuid:1'] }),
      row('qemu:local', 1, { identity: ['uuid:1'] }),
    ];
    expect(mergeMachines([a, { ...b, name: 'copy' }])).toHaveLength(2);
    expect(mergeMachines([a, { ...b, name: 'web' }])).toHaveLength(1);
  });

  it('is not found by a UUID that one host has twice', () => {
    const copies = [1, 2].map(number => row('proxmox:a', number, { name: 'web', identity: ['uuid:1'] }));
    const other = row('hyperv:local', 1, { name: 'web', identity: ['uuid:1'] });
    expect(mergeMachines([...copies, other])).toHaveLength(3);
  });

  it('costs little among ten thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, number) =>
      row(number % 2 ? 'proxmox:a' : 'proxmox:b', number, { identity: [`pve:${number % 2}/${number}`] }),
    );
    const before = performance.now();
    expect(mergeMachines(many)).toBe(many);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
