import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePattern } from '../../disk/support/pattern.ts';
import { main } from '../../rpc/cli/support/run-vmbridge.ts';
import { openTestBridge } from '../../rpc/support/test-bridge.ts';
import { processesNaming } from '../../support/leftovers.ts';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

const configuration = { providers: { qemu: { enabled: true } } };
let bench: MachineBench;
let exported = '';
beforeAll(async () => {
  bench = await openMachineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const run = (id: string, input: object) => done(bench.call(id, input));
const asServer = { door: 'jsonrpc' } as const;
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const place = (name: string) => path.join(bench.folder, name);
const img = (...args: string[]) => execFileSync('qemu-img', args, { encoding: 'utf8' });
const machineFolders = () =>
  readdirSync(path.join(bench.home, 'state', 'machines')).filter(name => !name.endsWith('.lock'));
const drafts = (folder: string) => readdirSync(folder).filter(name => name.startsWith('.vmbridge-draft-'));

async function bootsAndStops(vm: string): Promise<void> {
  const { machine } = await done(bench.call('vm.start', { vm }, asServer));
  expect(machine.state).toBe('running');
  await delay(1000);
  // Only a guest that has booted heeds the power button.
  expect((await run('vm.stop', { vm })).method).toBe('guest');
}

/** Kills a program some time after it has made a new entry in what `list` lists. */
async function killAmidst(child: ChildProcess, list: () => string[], milliseconds: number): Promise<void> {
  const ended = once(child, 'exit');
  const before = list();
  while (child.exitCode === null && list().every(name => before.includes(name))) await delay(3);
  await delay(Math.random() * milliseconds);
  child.kill('SIGKILL');
  await ended;
}

describe('vm.export', () => {
  it('writes a folder with disks that stand alone and their sums', async () => {
    await run('vm.create', {
      name: 'origin',
      image: bench.disk,
      format: 'raw',
      linked: true,
      ...smallest,
      network: 'user',
    });
    const shares = [{ name: 'data', path: bench.folder }];
    await bench.call('vm.configure', { vm: 'origin', forwards: [{ hostPort: 42_301, guestPort: 80 }], shares });
    exported = place('exported');
    const result = await run('vm.export', { vm: 'origin', target: `${exported}/` });
    expect(result).toMatchObject({ path: exported, warnings: [expect.stringContaining('shared folders')] });
    expect(readdirSync(exported).sort()).toEqual(['disk0.qcow2', 'machine.json']);
    const text = readFileSync(path.join(exported, 'machine.json'), 'utf8');
    const manifest = JSON.parse(text);
    expect(manifest).toMatchObject({ format: 'vmbridge machine', version: 1, name: 'origin', shares: ['data'] });
    expect(manifest.disks[0].sha256).toBe(sha256(path.join(exported, 'disk0.qcow2')));
    expect(text).not.toContain(bench.folder);
    const information = JSON.parse(img('info', '--output=json', path.join(exported, 'disk0.qcow2')));
    expect(information['backing-filename']).toBeUndefined();
    expect(img('compare', '-F', 'raw', '-f', 'qcow2', path.join(exported, 'disk0.qcow2'), bench.disk)).toContain(
      'identical',
    );
    expect(result.bytes).toBe(statSync(path.join(exported, 'disk0.qcow2')).size + Buffer.byteLength(text));
  });

  it('writes over nothing', async () => {
    const empty = place('empty');
    mkdirSync(empty);
    symlinkSync(place('nowhere'), place('dangling'));
    for (const target of [exported, empty, place('dangling'), bench.disk]) {
      await expect(run('vm.export', { vm: 'origin', target })).rejects.toMatchObject({ code: 'conflict' });
    }
    await expect(run('vm.export', { vm: 'origin', target: place('no/such') })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(drafts(bench.folder)).toEqual([]);
  });

  it('asks for a machine that runs to be stopped', async () => {
    await run('vm.create', { name: 'busy', image: bench.disk, format: 'raw', ...smallest });
    await done(bench.call('vm.start', { vm: 'busy' }, asServer));
    const target = place('of-running');
    await expect(run('vm.export', { vm: 'busy', target })).rejects.toMatchObject({
      code: 'conflict',
      remedy: expect.stringContaining('vm.stop'),
    });
    expect(existsSync(target)).toBe(false);
    await run('vm.stop', { vm: 'busy', force: true });
    await run('vm.delete', { vm: 'busy' });
  });

  it('leaves nothing when it is cancelled', async () => {
    await makeLarge('large');
    const target = place('cancelled');
    const { operation } = await bench.call('vm.export', { vm: 'large', target, compressed: true, wait: 0.1 }, asServer);
    await delay(300);
    await bench.call('operation.cancel', { operation: operation.id });
    await expect(bench.call('operation.wait', { operation: operation.id })).resolves.toMatchObject({
      operation: { state: 'cancelled' },
    });
    expect(existsSync(target)).toBe(false);
    expect(drafts(bench.folder)).toEqual([]);
    expect(processesNaming(target)).toEqual([]);
  });

  it('killed at random moments leaves the whole export or none, and what is left goes with the next one', async () => {
    const parent = place('killed');
    mkdirSync(parent);
    const environment = { ...process.env, VMBRIDGE_HOME: bench.home };
    const words = ['call', 'vm.export', '--vm', 'large', '--compressed', '--target'];
    const start = (target: string) =>
      spawn(process.execPath, [main, ...words, target], { env: environment, stdio: 'ignore' });
    let whole = 0;
    let broken = 0;
    for (let round = 0; round < 6; round += 1) {
      const target = path.join(parent, `round-${round}`);
      await killAmidst(start(target), () => drafts(parent), 800);
      for (let wait = 0; wait < 100 && processesNaming(parent).length > 0; wait += 1) await delay(50);
      expect(processesNaming(parent)).toEqual([]);
      if (drafts(parent).length > 0) broken += 1;
      if (!existsSync(target)) continue;
      whole += 1;
      expect(JSON.parse(readFileSync(path.join(target, 'machine.json'), 'utf8')).disks[0].sha256).toBe(
        sha256(path.join(target, 'disk0.qcow2')),
      );
    }
    console.info(`Of 6 killed exports ${broken} had left a draft, ${whole} had finished.`);
    await run('vm.export', { vm: 'large', target: path.join(parent, 'last') });
    expect(drafts(parent)).toEqual([]);
  }, 120_000);
});

/** A machine whose disk takes a while to be compressed. */
async function makeLarge(name: string): Promise<void> {
  const image = place('large.raw');
  writePattern(image, 200 * 2 ** 20, [[2 ** 20, 30 * 2 ** 20]]);
  await run('vm.create', { name, image, format: 'raw', ...smallest });
  rmSync(image);
}

describe('vm.import', () => {
  it('brings back a machine that was deleted, which boots as before', async () => {
    const before = (await bench.call('vm.get', { vm: 'origin' })).hardware;
    await run('vm.delete', { vm: 'origin' });
    const moved = place('moved');
    renameSync(exported, moved);
    exported = moved;
    const sums = readdirSync(moved).map(name => sha256(path.join(moved, name)));
    const { machine, warnings } = await run('vm.import', { source: moved });
    expect(machine).toMatchObject({
      id: 'qemu:local/origin',
      state: 'stopped',
      memoryBytes: smallest.memoryBytes,
      cpus: 1,
    });
    const after = (await bench.call('vm.get', { vm: 'origin' })).hardware;
    expect(after).toMatchObject({
      firmware: before.firmware,
      machine: before.machine,
      network: 'user',
      forwards: [],
      shares: [],
    });
    expect(after.disks[0]).toMatchObject({ bus: 'ahci', sizeBytes: 2 ** 20 });
    expect(warnings).toEqual([expect.stringContaining('tcp 42301 to 80'), expect.stringContaining('data')]);
    expect(readdirSync(moved).map(name => sha256(path.join(moved, name)))).toEqual(sums);
    await bootsAndStops('origin');
  });

  it('gives a second one another name and address, and refuses a name that is taken', async () => {
    await expect(run('vm.import', { source: exported })).rejects.toMatchObject({
      code: 'conflict',
      data: { field: 'name' },
    });
    const folders = machineFolders();
    const { machine, warnings } = await run('vm.import', { source: exported, name: 'second' });
    expect(machine.id).toBe('qemu:local/second');
    expect(warnings[0]).toContain('address');
    const macs = machineFolders().map(id => {
      const text = readFileSync(path.join(bench.home, 'state', 'machines', id, 'machine.json'), 'utf8');
      return JSON.parse(text).networks[0]?.mac;
    });
    expect(new Set(macs).size).toBe(macs.length);
    await bootsAndStops('second');
    await run('vm.delete', { vm: 'second' });
    expect(machineFolders()).toEqual(folders);
  });

  it('takes compressed disks and UEFI variables along', async ctx => {
    const made = await run('vm.create', { name: 'uefi', ...smallest, diskBytes: 2 ** 20, firmware: 'uefi' }).catch(
      (error: { code: string }) => (error.code === 'unavailable' ? undefined : Promise.reject(error)),
    );
    if (made === undefined) return ctx.skip('there is no UEFI firmware');
    await run('vm.export', { vm: 'uefi', target: place('uefi'), compressed: true });
    expect(readdirSync(place('uefi')).sort()).toEqual(['disk0.qcow2', 'machine.json', 'variables.qcow2']);
    await run('vm.delete', { vm: 'uefi' });
    expect((await run('vm.import', { source: place('uefi') })).warnings).toEqual([]);
    const { machine } = await done(bench.call('vm.start', { vm: 'uefi' }, asServer));
    expect(machine.state).toBe('running');
    await run('vm.stop', { vm: 'uefi', force: true });
    await run('vm.delete', { vm: 'uefi' });
  });

  it('brings a machine from a bridge of its host to a network that reaches nothing', async () => {
    const networks = [{ kind: 'bridge', mac: '52:54:00:01:02:03' }];
    const source = place('bridged');
    cpSync(exported, source, { recursive: true });
    const file = path.join(source, 'machine.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...manifest, networks, forwards: [], shares: [] }));
    const { machine, warnings } = await run('vm.import', { source, name: 'bridged' });
    expect(machine.networks).toEqual(['restricted']);
    expect(warnings).toEqual([expect.stringContaining('network device of its host')]);
    await run('vm.delete', { vm: 'bridged' });
  });

  it('leaves nothing when it is cancelled', async () => {
    const target = place('large-export');
    await run('vm.export', { vm: 'large', target });
    const before = machineFolders();
    const { operation } = await bench.call('vm.import', { source: target, name: 'late', wait: 0 }, asServer);
    await bench.call('operation.cancel', { operation: operation.id });
    await expect(bench.call('operation.wait', { operation: operation.id })).resolves.toMatchObject({
      operation: { state: 'cancelled' },
    });
    expect(machineFolders()).toEqual(before);
  });

  it('killed at random moments leaves the whole machine or none, and what is left goes with the next one', async () => {
    const environment = { ...process.env, VMBRIDGE_HOME: bench.home };
    let whole = 0;
    for (let round = 0; round < 5; round += 1) {
      const words = ['call', 'vm.import', '--source', place('large-export'), '--name', `round-${round}`];
      const child = spawn(process.execPath, [main, ...words], { env: environment, stdio: 'ignore' });
      await killAmidst(child, machineFolders, 150);
      const { machines } = await bench.call('vm.list', { provider: 'qemu', limit: 50 });
      if (!machines.some(({ name }: { name: string }) => name === `round-${round}`)) continue;
      whole += 1;
      await run('vm.export', { vm: `round-${round}`, target: place(`again-${round}`) });
    }
    console.info(`Of 5 killed imports ${whole} had finished.`);
    await run('vm.import', { source: place('large-export'), name: 'last' });
    expect(machineFolders().filter(name => !/^[0-9a-f]{12}$/.test(name))).toEqual([]);
  }, 60_000);

  it('gives no machine a name that may not be seen afterwards', async () => {
    await using narrow = await openTestBridge({ memory: false, configuration, flags: { machines: ['web*'] } });
    for (const input of [{ source: exported }, { source: exported, name: 'other' }]) {
      await expect(done(narrow.call('vm.import', input))).rejects.toMatchObject({ code: 'denied' });
    }
    expect((await done(narrow.call('vm.import', { source: exported, name: 'web1' }))).machine.name).toBe('web1');
  });
});
