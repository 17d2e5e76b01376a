import { describe, expect, it } from 'vitest';
import { openTestBridge } from './support/test-bridge.ts';

const machines = [{ name: 'web' }, { name: 'web-2' }, { name: 'db', state: 'running' }];

describe('a machine in a call', () => {
  it('is meant by its id or its unique name', async () => {
    await using test = await openTestBridge({ memory: { machines } });
    for (const vm of ['web', 'memory:local/web']) {
      expect((await test.call('vm.get', { vm })).machine.id).toBe('memory:local/web');
    }
  });

  it('that is not there is named with those that look alike', async () => {
    await using test = await openTestBridge({ memory: { machines } });
    await expect(test.call('vm.start', { vm: 'we' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no machine "we".',
      data: { field: 'vm', candidates: ['web', 'web-2'], missing: [] },
    });
    await expect(test.call('vm.start', { vm: 'memory:local/we' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(test.call('vm.start', { vm: 'hyperv:local/we' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('may be at a provider that can not do what is asked', async () => {
    await using test = await openTestBridge();
    await expect(test.call('vm.screenshot', { vm: 'memory:local/x' })).rejects.toMatchObject({
      code: 'unsupported',
      data: { provider: 'memory', tool: 'vm.screenshot' },
    });
  });
});

describe('the list of machines', () => {
  it('is filtered by state, kind and pattern, and paged', async () => {
    await using test = await openTestBridge({ memory: { machines } });
    const names = async (input: object) =>
      (await test.call('vm.list', input)).machines.map(({ name }: { name: string }) => name);
    expect(await names({ state: 'running' })).toEqual(['db']);
    expect(await names({ kind: 'distro' })).toEqual([]);
    expect(await names({ name: 'WEB*' })).toEqual(['web', 'web-2']);
    expect(await names({ name: '*?2' })).toEqual(['web-2']);
    expect(await test.call('vm.list', { limit: 1, offset: 1 })).toMatchObject({
      machines: [{ name: 'web' }],
      total: 3,
    });
    await expect(names({ provider: 'xen' })).rejects.toMatchObject({ code: 'not_found', data: { field: 'provider' } });
  });

  it('holds more machines than a provider gives in one page', async () => {
    const many = Array.from({ length: 1203 }, (_, index) => ({ name: `m${index}` }));
    await using test = await openTestBridge({ memory: { machines: many } });
    expect((await test.call('vm.list')).total).toBe(1203);
    expect((await test.call('vm.get', { vm: 'm1202' })).machine.name).toBe('m1202');
  });
});

describe('a provider in trouble', () => {
  it('that fails to list is named as missing, with the reason', async () => {
    const faults = [{ tool: 'vm.list', fault: 'crash', message: 'out of order' }];
    await using test = await openTestBridge({ memory: { machines, faults } });
    expect(await test.call('vm.list')).toEqual({
      machines: [],
      total: 0,
      missing: [{ provider: 'memory', host: 'local', reason: 'out of order' }],
    });
  });

  it('that hangs while listing holds nobody up beyond the deadline', async () => {
    const configuration = { providers: { qemu: { enabled: true } } };
    await using test = await openTestBridge({ memory: { faults: [{ tool: 'vm.list', hang: true }] }, configuration });
    const before = performance.now();
    const [{ missing }, byName] = await Promise.all([
      test.call('vm.list'),
      test.call('vm.get', { vm: 'web' }).catch(fault => fault),
    ]);
    expect(performance.now() - before).toBeLessThan(8000);
    expect(missing).toMatchObject([{ provider: 'memory', host: 'local', reason: 'No answer within 5 s.' }]);
    expect(byName).toMatchObject({ code: 'not_found', data: { missing: [{ provider: 'memory' }] } });
  });

  it('whose list hangs is left at once when the call is cancelled', async () => {
    await using test = await openTestBridge({ memory: { faults: [{ tool: 'vm.list', hang: true }] } });
    const before = performance.now();
    const listing = test.call('vm.list', {}, { signal: AbortSignal.timeout(100) });
    await expect(listing).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('whose probe hangs is unavailable, and waited for only once, for longer where there is no other', async () => {
    await using test = await openTestBridge({ memory: { faults: [{ tool: 'probe', hang: true }] } });
    const before = performance.now();
    const [{ providers }] = await Promise.all([test.call('provider.list'), test.bridge.refreshTools()]);
    expect(providers[0]).toMatchObject({ id: 'memory', available: false, checks: [{ name: 'probe', passed: false }] });
    const starting = test.call('vm.create', { name: 'x', provider: 'memory' });
    await expect(starting).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('15 s') });
    const later = test.call('vm.create', { name: 'x', provider: 'memory' });
    await expect(later).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  it('is left at once by a cancelled call while its probe hangs', async () => {
    await using test = await openTestBridge({ memory: { faults: [{ tool: 'probe', hang: true }] } });
    const before = performance.now();
    const input = { name: 'x', provider: 'memory' };
    const creating = test.call('network.create', input, { signal: AbortSignal.timeout(100) });
    await expect(creating).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('whose settings are wrong says which key, and answers nothing', async () => {
    await using test = await openTestBridge({ memory: { sped: 3 } });
    const { providers } = await test.call('provider.list');
    expect(providers[0]).toMatchObject({ available: false, checks: [{ name: 'settings', passed: false }] });
    await expect(test.call('network.list')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('providers.memory.sped'),
      remedy: expect.stringContaining('config.json'),
    });
    expect((await test.call('vm.list')).missing).toMatchObject([{ provider: 'memory' }]);
  });

  it('that crashes gives a Fault that keeps the log file at hand', async () => {
    await using test = await openTestBridge({ memory: { faults: [{ tool: 'network.list', fault: 'crash' }] } });
    await expect(test.call('network.list')).rejects.toMatchObject({
      name: 'Fault',
      code: 'failed',
      log: expect.stringContaining('vmbridge.log'),
    });
  });
});

describe('the provider of a call', () => {
  it('that is switched off is told how to switch on', async () => {
    await using test = await openTestBridge({
      memory: false,
      configuration: { providers: { qemu: { enabled: true } } },
    });
    await expect(test.call('network.create', { name: 'x', provider: 'memory' })).rejects.toMatchObject({
      code: 'not_found',
      remedy: expect.stringContaining('"memory": { "enabled": true }'),
    });
    await expect(test.call('network.create', { name: 'x' })).rejects.toMatchObject({ code: 'unsupported' });
  });
});
