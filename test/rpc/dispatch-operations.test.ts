import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openTestBridge, recordProgress } from './support/test-bridge.ts';

const slow = { machines: [{ name: 'web' }, { name: 'db' }], speed: 5 };
const hanging = { machines: [{ name: 'web' }], faults: [{ tool: 'vm.start', hang: true, at: 0.5 }] };

describe('a call that takes long', () => {
  it('answers with the result when the work ends in time', async () => {
    await using test = await openTestBridge({ memory: { machines: [{ name: 'web' }] } });
    const { operation, result } = await test.call('vm.start', { vm: 'web' });
    expect(operation).toMatchObject({
      tool: 'vm.start',
      state: 'succeeded',
      fraction: 1,
      id: expect.stringMatching(/^op-/),
    });
    expect(result.machine.state).toBe('running');
  });

  it('answers with the running operation when the wait is over, and the work goes on', async () => {
    await using test = await openTestBridge({ memory: slow });
    const answer = await test.call('vm.start', { vm: 'web', wait: 0.1 });
    expect(answer.operation).toMatchObject({ state: 'running', message: expect.any(String) });
    expect(answer).not.toHaveProperty('result');
    const { id } = answer.operation;
    expect((await test.call('operation.get', { operation: id })).operation.state).toBe('running');
    const { operations } = await test.call('operation.list', { state: 'running' });
    expect(operations).toMatchObject([{ id, tool: 'vm.start' }]);
    const { operation } = await test.call('operation.wait', { operation: id });
    expect(operation).toMatchObject({
      state: 'succeeded',
      result: { machine: { state: 'running' } },
      processId: process.pid,
    });
  });

  it('tells a waiting caller of progress that only grows, also through operation.wait', async () => {
    await using test = await openTestBridge({ memory: slow });
    const first = recordProgress();
    const { operation } = await test.call('vm.start', { vm: 'web', wait: 0.3 }, { progress: first.progress });
    const second = recordProgress();
    await test.call('operation.wait', { operation: operation.id }, { progress: second.progress });
    const told = [...first.updates, ...second.updates].map(({ fraction }) => fraction ?? 0);
    expect(first.updates.length).toBeGreaterThan(0);
    expect(second.updates.length).toBeGreaterThan(1);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  it('does not mind a listener that throws', async () => {
    await using test = await openTestBridge({ memory: { machines: [{ name: 'web' }] } });
    const progress = () => {
      throw new Error('gone');
    };
    expect((await test.call('vm.start', { vm: 'web' }, { progress })).operation.state).toBe('succeeded');
  });

  it('that is cancelled while it waits has cancelled its work by the time of the answer', async () => {
    await using test = await openTestBridge({ memory: hanging });
    const starting = test.call('vm.start', { vm: 'web' }, { signal: AbortSignal.timeout(200) });
    const fault = await starting.catch(fault => fault);
    expect(fault).toMatchObject({ code: 'cancelled', data: { operation: expect.stringMatching(/^op-/) } });
    expect((await test.call('vm.get', { vm: 'web' })).machine.state).toBe('stopped');
    const { operation } = await test.call('operation.get', { operation: fault.data.operation });
    expect(operation).toMatchObject({ state: 'cancelled', fault: { code: 'cancelled' } });
  });

  it('that was cancelled before it began starts nothing', async () => {
    await using test = await openTestBridge({ memory: slow });
    const starting = test.call('vm.start', { vm: 'web' }, { signal: AbortSignal.abort() });
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    expect((await test.call('operation.list')).operations).toEqual([]);
  });

  it('whose caller went away after the answer is not cancelled', async () => {
    await using test = await openTestBridge({ memory: slow });
    const controller = new AbortController();
    const { operation } = await test.call('vm.start', { vm: 'web', wait: 0 }, { signal: controller.signal });
    controller.abort();
    const ended = await test.call('operation.wait', { operation: operation.id });
    expect(ended.operation.state).toBe('succeeded');
  });

  it('fails with its Fault, which also stands in the record', async () => {
    const faults = [{ tool: 'vm.start', fault: 'host_fault', message: 'No power.' }];
    await using test = await openTestBridge({ memory: { machines: [{ name: 'web' }], faults } });
    const fault = await test.call('vm.start', { vm: 'web' }).catch(fault => fault);
    expect(fault).toMatchObject({ code: 'host_fault', message: 'No power.', log: expect.any(String) });
    const { operation } = await test.call('operation.get', { operation: fault.data.operation });
    expect(operation).toMatchObject({ state: 'failed', message: 'No power.', fault: { code: 'host_fault' } });
  });

  it('runs side by side with others', async () => {
    await using test = await openTestBridge({ memory: slow });
    const before = performance.now();
    await Promise.all([test.call('vm.start', { vm: 'web' }), test.call('vm.start', { vm: 'db' })]);
    expect(performance.now() - before).toBeLessThan(2200);
  });
});

describe('an operation', () => {
  it('is cancelled on request, and that is done when the answer comes', async () => {
    await using test = await openTestBridge({ memory: hanging });
    const { operation } = await test.call('vm.start', { vm: 'web', wait: 0.1 });
    const cancelled = await test.call('operation.cancel', { operation: operation.id });
    expect(cancelled.operation).toMatchObject({ state: 'cancelled', finishedAt: expect.any(String) });
    expect((await test.call('vm.get', { vm: 'web' })).machine.state).toBe('stopped');
    const again = await test.call('operation.cancel', { operation: operation.id });
    expect(again.operation.state).toBe('cancelled');
  });

  it('goes on when one stops waiting for it', async () => {
    await using test = await openTestBridge({ memory: slow });
    const { operation } = await test.call('vm.start', { vm: 'web', wait: 0 });
    const timed = await test.call('operation.wait', { operation: operation.id, seconds: 0.1 });
    expect(timed.operation.state).toBe('running');
    const waiting = test.call('operation.wait', { operation: operation.id }, { signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    const ended = await test.call('operation.wait', { operation: operation.id });
    expect(ended.operation.state).toBe('succeeded');
  });

  it('that there is not is said so', async () => {
    await using test = await openTestBridge();
    for (const tool of ['operation.get', 'operation.wait', 'operation.cancel']) {
      await expect(test.call(tool, { operation: 'op-nothere1' }), tool).rejects.toMatchObject({ code: 'not_found' });
      await expect(test.call(tool, { operation: '../../etc/passwd' }), tool).rejects.toMatchObject({ code: 'invalid' });
    }
  });

  it('can be read and awaited, but not cancelled, by another process', async () => {
    await using test = await openTestBridge({ memory: slow });
    await using other = await openTestBridge({ home: test.home, memory: slow });
    const { operation } = await test.call('vm.start', { vm: 'web', wait: 0.1 });
    expect((await other.call('operation.list')).operations).toMatchObject([{ id: operation.id, state: 'running' }]);
    await expect(other.call('operation.cancel', { operation: operation.id })).rejects.toMatchObject({
      code: 'conflict',
      data: { processId: process.pid },
    });
    const awaited = await other.call('operation.wait', { operation: operation.id });
    expect(awaited.operation).toMatchObject({ state: 'succeeded', result: { machine: { state: 'running' } } });
  });

  it('whose process died is shown as failed', async () => {
    await using test = await openTestBridge();
    await test.call('vm.create', { name: 'web' });
    const folder = path.join(test.home, 'state', 'operations');
    await delay(50);
    const [name = ''] = readdirSync(folder);
    const record = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    const dead = {
      ...record,
      id: 'op-dead000001',
      state: 'running',
      processId: 2 ** 22 + 1,
      startedAt: '2020-01-01T00:00:00.000Z',
    };
    const reused = { ...dead, id: 'op-dead000002', processId: process.pid, processStart: 'another boot 1' };
    for (const lost of [dead, reused]) {
      delete lost.result;
      delete lost.undo;
      writeFileSync(path.join(folder, `${lost.id}.json`), JSON.stringify(lost));
    }
    writeFileSync(path.join(folder, 'op-broken0001.json'), '{"id":');
    const { operations } = await test.call('operation.list');
    expect(
      operations
        .slice(1)
        .map(({ id, state }: { id: string; state: string }) => [id, state])
        .sort(),
    ).toEqual([
      ['op-dead000001', 'failed'],
      ...(process.platform === 'linux' ? [['op-dead000002', 'failed']] : [['op-dead000002', 'running']]),
    ]);
    const { operation } = await test.call('operation.get', { operation: 'op-dead000001' });
    expect(operation.fault).toMatchObject({ code: 'failed', message: expect.stringContaining('process') });
  });

  it('is forgotten when it is one of too many', async () => {
    await using test = await openTestBridge();
    const folder = path.join(test.home, 'state', 'operations');
    await test.call('vm.create', { name: 'web' });
    await delay(50);
    const [name = ''] = readdirSync(folder);
    const record = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    for (let index = 0; index < 250; index++) {
      const id = `op-old${String(index).padStart(6, '0')}`;
      const startedAt = new Date(Date.UTC(2020, 0, 1, 0, index)).toISOString();
      writeFileSync(path.join(folder, `${id}.json`), JSON.stringify({ ...record, id, startedAt }));
    }
    await test.call('vm.create', { name: 'db' });
    await test.bridge.close();
    const left = readdirSync(folder).sort();
    expect(left).toHaveLength(200);
    expect(left).not.toContain('op-old000000.json');
    expect(left).toContain('op-old000249.json');
  });
});
