import { describe, expect, it } from 'vitest';
import { type Answer, openTestBridge, recordProgress, type TestBridge } from '../rpc/support/test-bridge.ts';

const five = ['a', 'b', 'c', 'd', 'e'].map(name => ({ name, tags: [name < 'c' ? 'first' : 'last'] }));

async function bulk(test: TestBridge, input: object, caller = {}): Promise<Answer> {
  const { result, operation } = await test.call('vm.bulk', { wait: 60, ...input }, caller);
  return result ?? operation;
}

const outcomes = ({ results }: Answer) => results.map(({ name, outcome }: Answer) => `${name} ${outcome}`);

describe('the same for many machines', () => {
  it('is done to those that fit, with a result for each and progress', async () => {
    await using test = await openTestBridge({ memory: { machines: five } });
    const { updates, progress } = recordProgress();
    const answer = await bulk(test, { action: 'start', tag: 'first' }, { progress });
    expect(outcomes(answer)).toEqual(['a succeeded', 'b succeeded']);
    expect(answer).toMatchObject({ succeeded: 2, failed: 0, missing: [] });
    expect(updates.at(-1)).toMatchObject({ fraction: 1, message: expect.stringContaining('2 of 2') });
    const { machines } = await test.call('vm.list', { state: 'running' });
    expect(machines.map(({ name }: Answer) => name)).toEqual(['a', 'b']);
  });

  it('takes ids and names together with filters, and the options of its action', async () => {
    await using test = await openTestBridge({
      memory: { machines: five.map(machine => ({ ...machine, state: 'running' })) },
    });
    const answer = await bulk(test, { action: 'stop', vms: ['memory:local/a', 'c'], tag: 'last', force: true });
    expect(outcomes(answer)).toEqual(['c succeeded']);
    await bulk(test, { action: 'checkpoint', vms: ['d', 'e'], checkpoint: 'before' });
    expect(await test.call('vm.checkpoint.list', { vm: 'e' })).toMatchObject({ checkpoints: [{ name: 'before' }] });
  });

  it('goes on after one has failed, unless that is not wanted', async () => {
    const faults = [{ tool: 'vm.start', vm: 'b', fault: 'busy', message: 'Not now.', remedy: 'Later.' }];
    await using test = await openTestBridge({ memory: { machines: five, faults } });
    const all = await bulk(test, { action: 'start', name: '*' });
    expect(outcomes(all)).toEqual(['a succeeded', 'b failed', 'c succeeded', 'd succeeded', 'e succeeded']);
    expect(all).toMatchObject({ succeeded: 4, failed: 1 });
    expect(all.results[1].fault).toMatchObject({ code: 'busy', message: 'Not now.', remedy: 'Later.' });
    await using other = await openTestBridge({ memory: { machines: five, faults } });
    const some = await bulk(other, { action: 'start', name: '*', parallel: 1, stopOnFailure: true });
    expect(outcomes(some)).toEqual(['a succeeded', 'b failed', 'c skipped', 'd skipped', 'e skipped']);
  });

  it('runs so many at a time and no more', async () => {
    const faults = [{ tool: 'vm.pause', delaySeconds: 0.2 }];
    const machines = five.map(machine => ({ ...machine, state: 'running' }));
    await using test = await openTestBridge({ memory: { machines, faults } });
    const measure = async (action: string, parallel: number) => {
      const before = performance.now();
      await bulk(test, { action, name: '*', parallel });
      return performance.now() - before;
    };
    const together = await measure('pause', 5);
    await measure('resume', 5);
    expect(together).toBeLessThan(800);
    expect(await measure('pause', 1)).toBeGreaterThan(1000);
  });

  it('can be cancelled: what runs is undone, what has not begun is not begun, and the Fault tells both', async () => {
    const faults = [{ tool: 'vm.start', vm: 'b', hang: true, at: 0.5 }];
    await using test = await openTestBridge({ memory: { machines: five, faults } });
    const call = bulk(test, { action: 'start', name: '*', parallel: 1 }, { signal: AbortSignal.timeout(500) });
    const fault = await call.catch(error => error);
    expect(fault).toMatchObject({ code: 'cancelled' });
    expect(outcomes(fault.data)).toEqual(['a succeeded', 'b cancelled', 'c cancelled', 'd cancelled', 'e cancelled']);
    expect(await test.call('vm.get', { vm: 'b' })).toMatchObject({ machine: { state: 'stopped' } });
  });

  it('is planned machine by machine, by those who would do it', async () => {
    await using test = await openTestBridge({
      memory: { machines: [...five.slice(0, 2), { name: 'r', state: 'running' }] },
    });
    const caller = { door: 'cli' as const, signal: new AbortController().signal };
    const { steps, effect } = await test.bridge.plan('vm.bulk', { action: 'pause', name: '*' }, caller);
    expect(effect).toBe('change');
    expect(steps.map(({ summary }) => summary)).toEqual([
      expect.stringMatching(/^memory:local\/a: would fail\. .*stopped/),
      expect.stringMatching(/^memory:local\/b: would fail\./),
      expect.stringMatching(/^memory:local\/r: /),
    ]);
    expect(await test.call('vm.get', { vm: 'r' })).toMatchObject({ machine: { state: 'running' } });
  });
});

describe('a selector', () => {
  it('that says nothing is refused, and "*" means every machine', async () => {
    await using test = await openTestBridge({ memory: { machines: five } });
    await expect(bulk(test, { action: 'start' })).rejects.toMatchObject({ code: 'invalid', data: { field: 'vms' } });
    expect((await bulk(test, { action: 'start', name: '*' })).succeeded).toBe(5);
  });

  it('of more than a hundred machines has to be confirmed by their number', async () => {
    const machines = Array.from({ length: 101 }, (_, number) => ({ name: `m${number}` }));
    await using test = await openTestBridge({ memory: { machines, speed: 1e6 } });
    const conflict = { code: 'conflict', data: { count: 101 }, remedy: expect.stringContaining('101') };
    const call = (rest: object) => bulk(test, { action: 'start', provider: 'memory', parallel: 32, ...rest });
    await expect(call({})).rejects.toMatchObject(conflict);
    await expect(call({ confirmCount: 100 })).rejects.toMatchObject(conflict);
    expect((await call({ confirmCount: 101 })).succeeded).toBe(101);
    await expect(bulk(test, { action: 'stop', vms: ['m1'], confirmCount: 2 })).rejects.toMatchObject({
      data: { count: 1 },
    });
  });

  it.each([
    [
      { action: 'start', force: true, name: 'a' },
      { code: 'invalid', data: { field: 'force' } },
    ],
    [
      { action: 'stop', checkpoint: 'x', name: 'a' },
      { code: 'invalid', data: { field: 'checkpoint' } },
    ],
    [{ action: 'start', vms: ['nobody'] }, { code: 'not_found' }],
    [{ action: 'start', vms: ['memory:local/nobody'] }, { code: 'not_found' }],
    [{ action: 'start', provider: 'nobody' }, { code: 'not_found' }],
  ])('%j is refused', async (input, expected) => {
    await using test = await openTestBridge({ memory: { machines: five } });
    await expect(bulk(test, input)).rejects.toMatchObject(expected);
  });

  it('reaches no machine that is not allowed, and no tool that is not offered', async () => {
    await using test = await openTestBridge({
      memory: { machines: five },
      flags: { machines: ['a', 'memory:local/b'] },
    });
    expect(outcomes(await bulk(test, { action: 'start', name: '*' }))).toEqual(['a succeeded', 'b succeeded']);
    await using grouped = await openTestBridge({ memory: { machines: five }, flags: { groups: ['vm'] } });
    const { results } = await bulk(grouped, { action: 'checkpoint', vms: ['a'] });
    expect(results).toMatchObject([{ outcome: 'failed', fault: { code: 'denied' } }]);
    await using looking = await openTestBridge({ memory: { machines: five }, flags: { readOnly: true } });
    await expect(bulk(looking, { action: 'start', name: '*' })).rejects.toMatchObject({ code: 'denied' });
  });
});
