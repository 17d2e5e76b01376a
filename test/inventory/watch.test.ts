import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Listing } from '../../src/inventory/list-machines.ts';
import { diffMachines } from '../../src/inventory/watch/diff-machines.ts';
import { InventoryWatch, type WatchListener } from '../../src/inventory/watch/inventory-watch.ts';
import type { Machine } from '../../src/model/machine.ts';
import { machineAt } from './support/fake-registry.ts';

type Change = Parameters<WatchListener>[0];

const place = { provider: 'pve', host: 'a' };
const { signal } = new AbortController();
const mapOf = (machines: readonly Machine[]) => new Map(machines.map(machine => [machine.id, machine]));
const web = machineAt('pve:a', '1', { name: 'web' });
const db = machineAt('pve:a', '2', { name: 'db', tags: ['x'] });
const gone = [{ ...place, reason: 'late' }];

describe('what has changed', () => {
  it('is told as added, changed with the fields, and removed', () => {
    const now = [{ ...web, state: 'running' as const, nativeState: 'on' }, machineAt('pve:a', '3')];
    const { change } = diffMachines(mapOf([web, db]), now, []);
    expect(change).toEqual({
      added: [now[1]],
      changed: [{ id: web.id, fields: ['state', 'nativeState'], machine: now[0] }],
      removed: [db.id],
    });
  });

  it('is nothing when lists are equal, and when older rows grow older', () => {
    const old = [{ ...web, ageSeconds: 3 }, { ...db }];
    const { change } = diffMachines(
      mapOf(old),
      [
        { ...web, ageSeconds: 8 },
        { ...db, tags: ['x'] },
      ],
      [],
    );
    expect(change).toEqual({ added: [], changed: [], removed: [] });
    const stale = diffMachines(mapOf([web]), [{ ...web, ageSeconds: 1 }], gone);
    expect(stale.change.changed).toMatchObject([{ fields: ['ageSeconds'] }]);
  });

  it('is no removal while the host does not answer', () => {
    const { change, machines } = diffMachines(mapOf([web, db]), [], gone);
    expect(change.removed).toEqual([]);
    expect([...machines.keys()]).toEqual([web.id, db.id]);
    expect(diffMachines(machines, [web], []).change.removed).toEqual([db.id]);
  });

  it('is no new machine when one is shown by its other road', () => {
    const before = { ...web, otherIds: ['pve:b/1'] };
    const now = { ...machineAt('pve:b', '1', { name: 'web' }), otherIds: ['pve:a/1'] };
    const { change } = diffMachines(mapOf([before]), [now], gone);
    expect(change).toMatchObject({ added: [], removed: [], changed: [{ id: 'pve:a/1', machine: { id: 'pve:b/1' } }] });
    expect(change.changed[0]?.fields).toContain('id');
  });

  it('leads from the list before to the list now, whatever happened', () => {
    const lists = fc.uniqueArray(fc.tuple(fc.nat(5), fc.constantFrom('running', 'stopped')), {
      selector: ([id]) => id,
    });
    const toMachines = (list: [number, string][]) =>
      list.map(([id, state]) => machineAt('pve:a', String(id), { state: state as 'running' }));
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const [before, now] = [toMachines(a), toMachines(b)];
        const { change, machines } = diffMachines(mapOf(before), now, []);
        const applied = mapOf(before);
        for (const id of change.removed) applied.delete(id);
        for (const { id, machine } of change.changed) applied.delete(id) && applied.set(machine.id, machine);
        for (const machine of change.added) applied.set(machine.id, machine);
        expect(applied).toEqual(mapOf(now));
        expect(machines).toEqual(mapOf(now));
      }),
    );
  });
});

/** A watch every few milliseconds of a list that the test writes. */
function watchList(first: readonly Machine[]) {
  const state: { listing: Listing; lists: number; fails: boolean } = {
    listing: { machines: first, missing: [] },
    lists: 0,
    fails: false,
  };
  const watch = new InventoryWatch(async () => {
    state.lists++;
    if (state.fails) throw new Error('no');
    return state.listing;
  }, 10);
  return { state, watch };
}

describe('watching', () => {
  it('begins with what there is, and tells each listener what concerns it', async () => {
    const { state, watch } = watchList([web, db]);
    const [all, running]: [Change[], Change[]] = [[], []];
    const first = await watch.watch({ places: [place] }, signal, change => all.push(change));
    const second = await watch.watch({ places: [place], state: 'running' }, signal, change => running.push(change));
    expect([first.machines, second.machines]).toEqual([[web, db], []]);
    state.listing = { machines: [{ ...web, state: 'running' }, db], missing: [] };
    await expect.poll(() => running).toHaveLength(1);
    expect(running[0]).toMatchObject({ added: [{ id: web.id }], changed: [], removed: [] });
    expect(all[0]).toMatchObject({ added: [], changed: [{ id: web.id, fields: ['state'] }] });
    state.listing = { machines: [db], missing: [] };
    await expect.poll(() => running).toHaveLength(2);
    expect(running[1]).toMatchObject({ removed: [web.id] });
    watch.close();
  });

  it('looks once for all, and not at all when nobody listens', async () => {
    const { state, watch } = watchList([web]);
    const watching = await Promise.all([1, 2, 3].map(() => watch.watch({ places: [place] }, signal, () => {})));
    await delay(100);
    for (const { stop } of watching) stop();
    const looks = state.lists;
    expect(looks - 3).toBeLessThan(12);
    await delay(60);
    expect(state.lists).toBeLessThanOrEqual(looks + 1);
  });

  it('goes on after a list that fails, and tells what a busy listener missed in one piece', async () => {
    const { state, watch } = watchList([]);
    const told: Change[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await watch.watch({ places: [place] }, signal, async change => {
      told.push(change);
      if (told.length === 1) await promise;
    });
    state.fails = true;
    await delay(30);
    state.fails = false;
    state.listing = { machines: [web], missing: [] };
    await expect.poll(() => told).toHaveLength(1);
    state.listing = { machines: [web, db], missing: [] };
    await delay(40);
    state.listing = { machines: [db], missing: [] };
    await delay(40);
    expect(told).toHaveLength(1);
    resolve();
    await expect.poll(() => told).toHaveLength(2);
    expect(told[1]).toMatchObject({ added: [{ id: db.id }], removed: [web.id] });
    watch.close();
  });

  it('rejects when the first list fails', async () => {
    const { state, watch } = watchList([]);
    state.fails = true;
    await expect(watch.watch({ places: [place] }, signal, () => {})).rejects.toThrow('no');
  });
});
