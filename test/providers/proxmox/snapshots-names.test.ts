import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointName } from '../../../src/model/checkpoint.ts';
import {
  chooseSnapshotName,
  describeSnapshot,
  nameOfSnapshot,
} from '../../../src/providers/proxmox/snapshots/snapshot-names.ts';

/** What the schema of the server takes, as pve-configid of at most 40 characters. */
const configId = /^[a-z][a-z0-9_-]+$/i;
const anyName = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
    fc.constantFrom(
      'current',
      'Current',
      'pending',
      'vzdump',
      '-',
      '__proto__',
      '1',
      'a',
      '日本',
      '../../etc',
      'x'.repeat(80),
    ),
    fc.stringMatching(/^[A-Za-z][\w-]{0,60}$/),
  )
  .filter(name => checkpointName.safeParse(name).success && !/[\ud800-\udfff]/.test(name));

describe('the id of a checkpoint', () => {
  it.each([
    ['before', 'before'],
    ['before update', 'before-update'],
    ['2026-03-01T12:00:00.000Z', 'checkpoint-2026-03-01T12-00-00-000Z'],
    ['current', 'checkpoint-current'],
    ['Vor dem Update (große Änderung)', 'Vor-dem-Update-gro-e-Anderung'],
    ['日本', 'checkpoint'],
    ['a', 'checkpoint-a'],
  ])('of %j is %s', (name, id) => {
    expect(chooseSnapshotName(name, [])).toBe(id);
    expect(nameOfSnapshot(id, describeSnapshot(name, id))).toBe(name);
  });

  it('is one that the server takes, unlike all others, and the name comes back', () => {
    const names = fc.array(anyName, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(names, all => {
        const ids: string[] = [];
        for (const name of all) {
          const id = chooseSnapshotName(name, ids);
          expect(id).toMatch(configId);
          expect(id.length).toBeLessThanOrEqual(40);
          expect(['current', 'pending', 'vzdump', 'cloudinit']).not.toContain(id.toLowerCase());
          expect(ids.map(other => other.toLowerCase())).not.toContain(id.toLowerCase());
          expect(nameOfSnapshot(id, describeSnapshot(name, id))).toBe(name);
          ids.push(id);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('stays the name where the description is that of a person', () => {
    expect(nameOfSnapshot('before', 'Taken by hand before the move')).toBe('before');
    expect(nameOfSnapshot('before', undefined)).toBe('before');
    expect(nameOfSnapshot('before', '')).toBe('before');
    expect(nameOfSnapshot('before', 'before\nand more')).toBe('before');
  });
});
