import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openTestBridge } from './support/test-bridge.ts';

describe('the tools on offer', () => {
  it('are those of the bridge and of the providers that are switched on', async () => {
    await using without = await openTestBridge({ memory: false });
    const ids = without.bridge.listTools().map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['provider.list', 'vm.list', 'operation.get']));
    expect(ids).not.toContain('vm.create');
    await using withMemory = await openTestBridge();
    expect(withMemory.bridge.listTools().map(({ id }) => id)).toContain('vm.create');
  });

  it('are hidden when their provider can not be used, and come back with it', async () => {
    await using test = await openTestBridge({ memory: { file: 'pretend.json' } });
    const file = path.join(test.home, 'state', 'pretend.json');
    await test.call('network.create', { name: 'lab' });
    let told = 0;
    const stop = test.bridge.onToolsChanged(() => told++);
    await test.bridge.refreshTools();
    expect(told).toBe(0);

    await using late = await openTestBridge({ home: test.home, memory: { file: 'pretend.json' } });
    late.bridge.onToolsChanged(() => told++);
    writeFileSync(file, 'no JSON');
    await late.bridge.refreshTools();
    expect(told).toBe(1);
    expect(late.bridge.listTools().map(({ id }) => id)).not.toContain('vm.create');
    rmSync(file);
    await delay(3100);
    await late.bridge.refreshTools();
    expect(told).toBe(2);
    expect(late.bridge.listTools().map(({ id }) => id)).toContain('vm.create');
    stop();
  });

  it('that there are not are refused, whatever they are called', async () => {
    await using test = await openTestBridge();
    for (const id of ['vm.fly', '', '__proto__', 'constructor', 'toString', 'x'.repeat(100_000)]) {
      const { code, message } = await test.call(id).catch(fault => fault);
      expect(code).toBe('not_found');
      expect(message.length).toBeLessThan(200);
    }
  });
});

describe('closing a bridge', () => {
  it('cancels what runs and waits until it has cleaned up', async () => {
    const machines = [{ name: 'web', state: 'running' }];
    await using test = await openTestBridge({ memory: { machines, speed: 0.1, file: 'pretend.json' } });
    const long = test.call('vm.stop', { vm: 'web' }).catch(fault => fault);
    const short = test.call('vm.resume', { vm: 'web' }).catch(fault => fault);
    const detached = await test.call('vm.create', { name: 'db', wait: 0 });
    await delay(100);
    await test.bridge.close();
    expect(await long).toMatchObject({ code: 'cancelled' });
    expect(await short).toBeDefined();
    await expect(test.call('vm.list')).rejects.toMatchObject({ code: 'unavailable' });
    await using again = await openTestBridge({ home: test.home, memory: { file: 'pretend.json' } });
    expect((await again.call('vm.list')).machines).toMatchObject([{ name: 'web', nativeState: 'running' }]);
    const { operation } = await again.call('operation.get', { operation: detached.operation.id });
    expect(operation).toMatchObject({ state: 'cancelled', fault: { code: 'cancelled' } });
  });

  it('ends hanging short calls, too', async () => {
    await using test = await openTestBridge({ memory: { faults: [{ tool: 'network.list', hang: true }] } });
    const hanging = test.call('network.list').catch(fault => fault);
    await delay(50);
    await test.bridge.close();
    expect(await hanging).toMatchObject({ code: 'cancelled', message: 'vmbridge is shutting down.' });
  });

  it('of which nothing was asked leaves nothing running, and it stays closed', async () => {
    await using test = await openTestBridge();
    await test.bridge.close();
    await expect(test.call('vm.list')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
