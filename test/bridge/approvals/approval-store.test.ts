import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApprovalRequest, ApprovalStore } from '../../../src/bridge/approvals/approval-store.ts';

const request: ApprovalRequest = {
  tool: 'vm.delete',
  effect: 'destroy',
  target: 'memory:local/web',
  input: { vm: 'web' },
  steps: [{ summary: 'Delete it.' }],
};
let state = '';
let folder = '';
beforeEach(() => {
  state = mkdtempSync(path.join(tmpdir(), 'vmb-approvals-'));
  folder = path.join(state, 'approvals');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(state, { recursive: true, force: true });
});

const open = (minutes = 10) => new ApprovalStore({ folder, state, minutes });

async function ask(
  store: ApprovalStore,
  input: unknown = { vm: 'web' },
  observed: Record<string, unknown> | null = { state: 'stopped' },
) {
  const binding = await store.bind('vm.delete', input, request.steps, observed);
  return { binding, record: await store.ask(request, binding) };
}

describe('an approval', () => {
  it('is used once, by whichever process is first', async () => {
    const [one, two] = [open(), open()];
    const { binding, record } = await ask(one);
    await two.decide(record.id, 'approved', 'ada (cli)');
    expect(await two.find(binding.call)).toMatchObject({ id: record.id, state: 'approved', decidedBy: 'ada (cli)' });
    const used = await Promise.all([one, two, open(), open()].map(store => store.consume(record.id, binding)));
    expect(used.filter(Boolean)).toHaveLength(1);
    expect(await one.find(binding.call)).toBeUndefined();
  });

  it('that was used stays so when its record is put back from a copy', async () => {
    const store = open();
    const { binding, record } = await ask(store);
    await store.decide(record.id, 'approved', 'ada (cli)');
    const file = path.join(folder, `${record.id}.json`);
    copyFileSync(file, path.join(state, 'copy'));
    expect(await store.consume(record.id, binding)).toBe(true);
    copyFileSync(path.join(state, 'copy'), file);
    expect(await open().consume(record.id, binding)).toBe(false);
    expect(await open().list()).toEqual({ records: [], forged: [] });
    await expect(open().decide(record.id, 'approved', 'x')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is good for nothing before a person has decided, and for no other call', async () => {
    const store = open();
    const pending = await ask(store);
    expect(await store.consume(pending.record.id, pending.binding)).toBe(false);
    const { record } = await ask(store);
    await store.decide(record.id, 'approved', 'ada (cli)');
    const other = await store.bind('vm.delete', { vm: 'db' }, request.steps, { state: 'stopped' });
    expect(other.call).not.toBe(record.binding.call);
    expect(await store.consume(record.id, other)).toBe(false);
    const steps = await store.bind('vm.delete', { vm: 'web' }, [{ summary: 'Delete all.' }], { state: 'stopped' });
    expect(steps).toMatchObject({ call: record.binding.call });
    expect(steps.plan).not.toBe(record.binding.plan);
  });

  it('is over when its time is', async () => {
    const store = open(1);
    const { binding, record } = await ask(store);
    await store.decide(record.id, 'approved', 'ada (cli)');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await store.find(binding.call)).toBeUndefined();
    expect(await store.consume(record.id, binding)).toBe(false);
    await ask(store);
    expect(existsSync(path.join(folder, `${record.id}.json`))).toBe(false);
  });

  it('stands in a file that nobody else may read, and of which nothing is written without the key', async () => {
    const store = open();
    const { binding, record } = await ask(store, { vm: 'web', password: 'hunter2' });
    const file = path.join(folder, `${record.id}.json`);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('hunter2');
    const changes = [
      text.replace('"pending"', '"approved"'),
      text.replace('memory:local/web', 'memory:local/db'),
      text.replace(/"seal":"\w+"/, `"seal":"${'0'.repeat(64)}"`),
      text.replace(/"expiresAt":"2/, '"expiresAt":"3'),
      '{}',
      'null',
      '',
    ];
    for (const changed of changes) {
      writeFileSync(file, changed);
      expect(await open().list(), changed).toEqual({ records: [], forged: [record.id] });
      expect(await open().find(binding.call)).toBeUndefined();
      await expect(open().decide(record.id, 'approved', 'x')).rejects.toMatchObject({ code: 'denied' });
    }
    // A true one under another name is not that one.
    writeFileSync(file, text);
    copyFileSync(file, path.join(folder, 'ap-0000000000.json'));
    expect((await open().list()).forged).toEqual(['ap-0000000000']);
    expect(await open().consume(record.id, binding)).toBe(false);
  });

  it('is dropped when it is one of too many', async () => {
    const store = open();
    const { record } = await ask(store);
    for (let count = 0; count < 100; count++) await ask(store, { vm: `vm${count}` });
    expect(readdirSync(folder).filter(name => /^ap-.*\.json$/.test(name))).toHaveLength(100);
    expect(existsSync(path.join(folder, `${record.id}.json`))).toBe(false);
  });

  it('is asked about in a folder whose key is damaged only after that was mended', async () => {
    await ask(open());
    writeFileSync(path.join(folder, 'key.json'), '{"store":"file","name":"gone"}');
    await expect(ask(open())).rejects.toMatchObject({
      code: 'host_fault',
      remedy: expect.stringContaining('key.json'),
    });
  });
});
