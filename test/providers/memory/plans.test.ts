import { describe, expect, it } from 'vitest';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';

const settings = {
  machines: [{ name: 'web', state: 'running' }, { name: 'db' }, { name: 'ice', state: 'paused' }],
  networks: [{ name: 'lab' }],
};
const caller = { door: 'cli', signal: new AbortController().signal } as const;
const provider = 'memory';

const world = async (test: TestBridge) => ({
  ...(await test.call('vm.list')),
  ...(await test.call('network.list', { provider })),
  ...(await test.call('vm.checkpoint.list', { vm: 'web' })),
});
const stepsOf = (body: unknown) => (body as { steps: string[] }).steps;
const run = async (test: TestBridge, id: string, input: object) => {
  const answer = await test.call(id, input);
  return answer.result ?? answer;
};

describe('the pretend hypervisor', () => {
  it.each([
    ['vm.create', { provider, name: 'new' }, 'create'],
    ['vm.start', { vm: 'db' }, 'start'],
    ['vm.stop', { vm: 'web' }, 'stop'],
    ['vm.restart', { vm: 'web' }, 'stop'],
    ['vm.pause', { vm: 'web' }, 'pause'],
    ['vm.resume', { vm: 'ice' }, 'resume'],
    ['vm.delete', { vm: 'db' }, 'delete'],
    ['vm.checkpoint.create', { vm: 'web' }, 'checkpoint'],
    ['vm.checkpoint.restore', { vm: 'web', checkpoint: 'first' }, 'restore'],
    ['vm.checkpoint.delete', { vm: 'web', checkpoint: 'first' }, 'merge'],
  ])('plans %s, changes nothing, and then does what it said', async (id, input, work) => {
    await using test = await openTestBridge({ memory: settings });
    for (const name of ['first', 'second']) await run(test, 'vm.checkpoint.create', { vm: 'web', name });
    const before = await world(test);
    const { steps, effect } = await test.bridge.plan(id, input, caller);
    expect(effect).not.toBe('read');
    expect(steps[0]).toMatchObject({ request: { to: 'the pretend world', body: { work } } });
    expect(await world(test)).toEqual(before);
    const told: string[] = [];
    await test.call(id, input, { progress: ({ message }) => told.push(message) });
    const announced = steps.flatMap(({ request }) => (request === undefined ? [] : stepsOf(request.body)));
    expect(announced.filter(message => told.includes(message))).toEqual(announced);
    expect(await world(test)).not.toEqual(before);
  });

  it.each([
    ['network.create', { provider, name: 'new' }],
    ['network.delete', { provider, network: 'lab' }],
  ])('plans %s', async (id, input) => {
    await using test = await openTestBridge({ memory: settings });
    const before = await world(test);
    expect((await test.bridge.plan(id, input, caller)).steps).toHaveLength(1);
    expect(await world(test)).toEqual(before);
    await test.call(id, input);
    expect(await world(test)).not.toEqual(before);
  });

  it.each([
    ['vm.create', { provider, name: 'web' }, 'conflict'],
    ['vm.create', { provider, name: 'new', network: 'none' }, 'not_found'],
    ['vm.start', { vm: 'ice' }, 'conflict'],
    ['vm.restart', { vm: 'db' }, 'conflict'],
    ['vm.pause', { vm: 'db' }, 'conflict'],
    ['vm.delete', { vm: 'web' }, 'conflict'],
    ['vm.checkpoint.restore', { vm: 'web', checkpoint: 'none' }, 'not_found'],
    ['network.create', { provider, name: 'lab' }, 'conflict'],
    ['network.delete', { provider, network: 'none' }, 'not_found'],
  ])('refuses to plan %s %j as it refuses the call: %s', async (id, input, code) => {
    await using test = await openTestBridge({ memory: settings });
    const planned = await test.bridge.plan(id, input, caller).catch(fault => fault);
    const called = await run(test, id, input).catch(fault => fault);
    expect(planned).toMatchObject({ code });
    expect(planned.message).toBe(called.message);
  });

  it('has nothing to do where that is so already, and lets a fault of the settings wait for the call', async () => {
    const faults = [{ tool: 'vm.stop', vm: 'web', fault: 'failed', times: 1 }];
    await using test = await openTestBridge({ memory: { ...settings, faults } });
    for (const [id, vm] of [
      ['vm.start', 'web'],
      ['vm.stop', 'db'],
      ['vm.pause', 'ice'],
      ['vm.resume', 'web'],
    ] as const) {
      expect((await test.bridge.plan(id, { vm }, caller)).steps, id).toEqual([]);
    }
    expect((await test.bridge.plan('vm.stop', { vm: 'web' }, caller)).steps).toHaveLength(1);
    await expect(run(test, 'vm.stop', { vm: 'web' })).rejects.toMatchObject({ code: 'failed' });
  });
});
