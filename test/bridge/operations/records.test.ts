import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OperationRecords } from '../../../src/bridge/operations/records.ts';
import { Operations } from '../../../src/bridge/operations/registry.ts';
import { Fault } from '../../../src/errors/fault.ts';
import type { Log } from '../../../src/host/log.ts';
import type { OperationReport } from '../../../src/model/operation.ts';

const report: OperationReport = {
  id: 'op-aaaaaa',
  tool: 'vm.start',
  state: 'succeeded',
  startedAt: '2026-01-01T00:00:00.000Z',
  processId: process.pid,
};

function makeFolder(): { path: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-records-'));
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

function listen(): { log: Log; warnings: string[] } {
  const warnings: string[] = [];
  const log = {
    error() {},
    warn: (text: string) => warnings.push(text),
    info() {},
    debug() {},
    file: '',
    async close() {},
  };
  return { log, warnings };
}

describe('records of operations', () => {
  it('are seen whole by readers while writers replace them', async () => {
    using folder = makeFolder();
    const records = new OperationRecords(path.join(folder.path, 'operations'));
    await records.write(report);
    const writers = Array.from({ length: 40 }, (_, index) =>
      records.write({ ...report, message: 'x'.repeat(index * 999) }),
    );
    const readers = Array.from({ length: 200 }, () => records.read(report.id));
    expect((await Promise.all(readers)).every(found => found?.id === report.id)).toBe(true);
    await Promise.all(writers);
    expect(readdirSync(path.join(folder.path, 'operations'))).toEqual(['op-aaaaaa.json']);
  });

  it('are none without a folder, and ignore what is no record', async () => {
    using folder = makeFolder();
    expect(await new OperationRecords(path.join(folder.path, 'none')).list()).toEqual([]);
    for (const name of ['op-broken.json', 'notes.txt', 'op-UPPER1.json'])
      writeFileSync(path.join(folder.path, name), '{}');
    expect(await new OperationRecords(folder.path).list()).toEqual([]);
    expect(await new OperationRecords(folder.path).read('../op-aaaaaa')).toBeUndefined();
  });

  it('are no condition for the work: it succeeds where nothing can be written', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'file');
    writeFileSync(file, '');
    const { log, warnings } = listen();
    const operations = new Operations({ folder: path.join(file, 'operations'), log });
    const operation = operations.start('vm.start', async () => ({ done: true }));
    await operation.ended;
    expect((await operations.get(operation.id)).state).toBe('succeeded');
    await operations.close();
    expect(warnings).toHaveLength(2);
  });
});

describe('operations', () => {
  it('end with the Fault that their work throws, and what is no Fault becomes one', async () => {
    using folder = makeFolder();
    const operations = new Operations({ folder: folder.path, log: listen().log });
    const busy = operations.start('vm.start', () => Promise.reject(new Fault('busy', 'Busy.')));
    const crashed = operations.start('vm.start', () => Promise.reject(new TypeError('x is undefined')));
    await Promise.all([busy.ended, crashed.ended]);
    expect(busy.report()).toMatchObject({ state: 'failed', fault: { code: 'busy' } });
    expect(crashed.report()).toMatchObject({ state: 'failed', fault: { code: 'failed' } });
    await operations.close();
  });

  it('have progress between 0 and 1 that never falls', async () => {
    using folder = makeFolder();
    const operations = new Operations({ folder: folder.path, log: listen().log });
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen: (number | undefined)[] = [];
    const operation = operations.start('vm.start', async (_signal, progress) => {
      await promise;
      for (const fraction of [0.2, 0.1, undefined, 0.5, -3, 7, 0.9]) progress({ fraction, message: 'on' });
      return {};
    });
    operation.listen(({ fraction }) => seen.push(fraction));
    resolve();
    await operation.ended;
    expect(seen).toEqual([0.2, 0.2, 0.2, 0.5, 0.5, 1, 1]);
    await operations.close();
  });

  it('have their records written by the time of closing', async () => {
    using folder = makeFolder();
    const operations = new Operations({ folder: folder.path, log: listen().log });
    const started = Array.from({ length: 5 }, () =>
      operations.start(
        'vm.start',
        signal => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    );
    await operations.close();
    const list = await new OperationRecords(folder.path).list();
    expect(list.map(({ state }) => state)).toEqual(started.map(() => 'cancelled'));
  });
});
