import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestBridge } from '../../rpc/support/test-bridge.ts';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
beforeAll(async () => {
  bench = await openMachineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const asServer = { door: 'jsonrpc' } as const;
const machinesFolder = () => path.join(bench.home, 'state', 'machines');
const isMachine = (name: string) => /^[0-9a-f]{12}$/.test(name);
/** Names below the folder of machines that are neither a machine nor a lock. */
const names = () => (existsSync(machinesFolder()) ? readdirSync(machinesFolder()) : []);
const rest = () => names().filter(name => !isMachine(name) && !name.includes('.lock'));
const make = (name: string, input: object = {}) =>
  done(bench.call('vm.create', { name, image: bench.disk, format: 'raw', ...smallest, ...input }));
const list = async (bridge: TestBridge = bench): Promise<Answer[]> => (await bridge.call('vm.list')).machines;

async function folderOf(vm: string): Promise<string> {
  const { hardware } = await bench.call('vm.get', { vm });
  return path.dirname(hardware.disks[0].path);
}

afterEach(async () => {
  // Linked clones before what they stand on.
  for (let round = 0; round < 3; round++) {
    for (const { id } of await list()) {
      await bench.call('vm.stop', { vm: id, force: true, wait: 30 }).catch(() => {});
      await bench.call('vm.delete', { vm: id }).catch(() => {});
    }
  }
  expect(await list()).toEqual([]);
  expect(rest()).toEqual([]);
});

describe('a program that is killed while it changes machines', () => {
  it('leaves whole machines, free names and no folders', { timeout: 240_000 }, async () => {
    const program = path.join(import.meta.dirname, 'support', 'change-without-end.ts');
    for (let round = 0; round < 10; round++) {
      const child = spawn(process.execPath, [program, bench.home, bench.disk, `r${round}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await wait(Math.random() * 1200);
      expect(child.exitCode).toBe(null);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await expect.poll(rest, { timeout: 5000, interval: 50 }).toEqual([]);
    }
    for (const { name, state, problem } of await list()) {
      expect({ name, state, problem }).toEqual({ name, state: 'stopped', problem: undefined });
      const files = readdirSync(await folderOf(name));
      expect(files).toEqual(expect.arrayContaining(['disk0.qcow2', 'machine.json']));
      // Its name is taken as long as it is there, and free afterwards.
      await expect(make(name)).rejects.toMatchObject({ code: 'conflict' });
    }
    await make('afterwards');
  });
});

describe('two servers', () => {
  it('that do everything with one machine at once leave it whole', { timeout: 120_000 }, async () => {
    await make('both');
    await using other = await bench.again();
    const calls: [string, object][] = [
      ['vm.start', { wait: 60 }],
      ['vm.stop', { force: true, wait: 60 }],
      ['vm.rename', { name: 'both' }],
      ['vm.configure', { cpus: 2 }],
      ['vm.start', { wait: 60, outlive: true }],
      ['vm.stop', { timeoutSeconds: 1, wait: 60 }],
    ];
    const codes = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const work = calls.flatMap(([id, input]) =>
        [bench, other].map(bridge =>
          bridge
            .call(id, { vm: 'qemu:local/both', ...input }, asServer)
            .catch((error: { code: string }) => codes.add(error.code)),
        ),
      );
      await Promise.all(work);
    }
    // Refused in order, never broken.
    expect(
      [...codes].filter(code => !['busy', 'conflict', 'not_found', 'cancelled', 'host_fault'].includes(code)),
    ).toEqual([]);
    expect(codes.has('failed')).toBe(false);
    await done(bench.call('vm.stop', { vm: 'both', force: true, wait: 60 }));
    expect((await done(other.call('vm.start', { vm: 'both', wait: 60 }, asServer))).machine.state).toBe('running');
    await done(bench.call('vm.stop', { vm: 'both', force: true, wait: 60 }));
    expect((await bench.call('vm.get', { vm: 'both' })).machine).toMatchObject({ state: 'stopped' });
    // Removed by whichever server kept the machine.
    await expect.poll(() => readdirSync(path.join(bench.home, 'run')), { timeout: 5000 }).toEqual([]);
  });

  it('that delete a machine both leave nothing of it, and a waiting one does not make it anew', async () => {
    await make('doomed');
    await using other = await bench.again();
    const outcomes = await Promise.allSettled(
      [bench, other, bench, other].map(each => each.call('vm.delete', { vm: 'doomed' })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(['not_found', 'busy']).toContain(outcome.reason.code);
    expect(await list()).toEqual([]);
    expect(names().filter(isMachine)).toEqual([]);
  });

  it('that make a machine of one name make one', async () => {
    await using other = await bench.again();
    const making = [bench, other, bench, other].map(each =>
      done(each.call('vm.create', { name: 'same', image: bench.disk, format: 'raw', ...smallest })),
    );
    const outcomes = await Promise.allSettled(making);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('conflict');
    expect(await list()).toHaveLength(1);
  });
});

describe('a machine whose file is damaged', () => {
  it.each([
    ['cut off', (file: string) => truncateSync(file, 40), /is no JSON/],
    ['empty', (file: string) => truncateSync(file, 0), /is no JSON/],
    [
      'of a later version',
      (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 2')),
      /not as this version.*"version"/,
    ],
    ['gone', (file: string) => rmSync(file), /can not be read \(ENOENT\)/],
    [
      'a folder',
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
      /can not be read \(EISDIR\)/,
    ],
  ])('(%s) is shown with what is wrong, refuses work, and can be deleted', async (_, damage, problem) => {
    await make('hurt');
    const folder = await folderOf('hurt');
    const file = path.join(folder, 'machine.json');
    damage(file);
    const [machine, ...others] = await list();
    expect(others).toEqual([]);
    expect(machine).toMatchObject({
      state: 'unknown',
      nativeState: 'damaged',
      problem: expect.stringMatching(problem),
      log: file,
    });
    for (const id of ['vm.start', 'vm.configure', 'vm.pause']) {
      const refused = await bench.call(id, { vm: machine.id }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'host_fault', remedy: expect.stringContaining('vm.delete') });
    }
    expect((await bench.call('vm.stop', { vm: machine.id })).result?.method).toBe('already');
    expect(await done(bench.call('vm.delete', { vm: machine.id }))).toEqual({ deleted: machine.id });
    expect(existsSync(folder)).toBe(false);
  });

  it('is not deleted while linked clones stand on its disks', async () => {
    await make('base');
    const folder = await folderOf('base');
    await done(bench.call('vm.clone', { vm: 'base', name: 'twin', linked: true }));
    truncateSync(path.join(folder, 'machine.json'), 40);
    const id = `qemu:local/${path.basename(folder)}`;
    const refused = await done(bench.call('vm.delete', { vm: id })).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'conflict', data: { clones: ['twin'] } });
    await done(bench.call('vm.delete', { vm: 'twin' }));
    expect(await done(bench.call('vm.delete', { vm: id }))).toEqual({ deleted: id });
  });
});

describe('the image that a linked machine stands on', () => {
  it('is not given another size', async () => {
    const image = bench.writeDisk('under.raw', [0xfb, 0xf4, 0xeb, 0xfd]);
    await make('upon', { image, linked: true });
    const resize = { image, format: 'raw', sizeBytes: 64 * 2 ** 20 };
    const refused = await done(bench.call('image.resize', resize)).catch((error: unknown) => error);
    const dependents = [path.join(await folderOf('upon'), 'disk0.qcow2')];
    expect(refused).toMatchObject({ code: 'conflict', data: { dependents } });
  });
});

describe('names', () => {
  const hostile = [
    `it's "a, b"`.replaceAll('"', '”'),
    'guest=x,process=y,,z',
    '100 % $(reboot) `id` $' + '{HOME}',
    '-display',
    '--help',
    '🦊'.repeat(40),
    'deadbeef0123',
    'qemu',
    '..hidden',
    'machine.json',
    'NUL',
    'Straße ẞ İ',
    '{"driver"}'.replaceAll('"', ''),
    '#;&!~',
  ];
  it('of every kind start, are found, renamed and deleted', { timeout: 240_000 }, async () => {
    for (const name of hostile) {
      const { machine } = await make(name);
      expect(machine).toMatchObject({ name, id: `qemu:local/${name}` });
      const started = await done(bench.call('vm.start', { vm: machine.id, wait: 60 }, asServer));
      expect(started.machine).toMatchObject({ name, state: 'running' });
      await done(bench.call('vm.stop', { vm: name, force: true, wait: 60 }));
      await bench.call('vm.rename', { vm: machine.id, name: 'plain' });
      await bench.call('vm.rename', { vm: 'plain', name });
      expect((await list()).map(each => each.name)).toEqual([name]);
      expect(await done(bench.call('vm.delete', { vm: machine.id }))).toEqual({ deleted: machine.id });
    }
  });

  it('that differ in case alone are two machines', async () => {
    await make('Web');
    await make('web');
    await bench.call('vm.delete', { vm: 'Web' });
    expect((await list()).map(({ name }) => name)).toEqual(['web']);
  });
});

describe('what others do to the files of a machine', () => {
  it('removes its run folder while it runs: it is known, and stops', async () => {
    await make('bare');
    const { machine } = await done(bench.call('vm.start', { vm: 'bare', wait: 60 }, asServer));
    await bench.call('vm.get', { vm: 'bare' });
    rmSync(path.join(bench.home, 'run'), { recursive: true });
    expect((await bench.call('vm.get', { vm: 'bare' })).machine).toMatchObject({
      state: 'running',
      processId: machine.processId,
    });
    await done(bench.call('vm.stop', { vm: 'bare', force: true, wait: 60 }));
    expect(existsSync(`/proc/${machine.processId}`)).toBe(false);
    expect((await bench.call('vm.get', { vm: 'bare' })).machine.state).toBe('stopped');
    await done(bench.call('vm.start', { vm: 'bare', wait: 60 }, asServer));
  });

  it('removes its disk, or the image that it stands on: the start names the file', async () => {
    await make('without');
    const disk = path.join(await folderOf('without'), 'disk0.qcow2');
    rmSync(disk);
    const image = bench.writeDisk('base.raw', [0xfb, 0xf4, 0xeb, 0xfd]);
    await make('linked', { image, linked: true });
    renameSync(image, `${image}.away`);
    for (const [vm, file] of [
      ['without', disk],
      ['linked', image],
    ] as const) {
      const fault = await bench.call('vm.start', { vm, wait: 60 }, asServer).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'not_found', message: expect.stringContaining(file) });
      expect((await bench.call('vm.get', { vm })).machine.state).toBe('stopped');
    }
  });
});

describe('an image that a machine stands on', () => {
  it('is watched for changes: the start warns of them', async () => {
    const image = bench.writeDisk('watched.raw', [0xfb, 0xf4, 0xeb, 0xfd]);
    await make('standing', { image, linked: true });
    const start = () => done(bench.call('vm.start', { vm: 'standing', wait: 60 }, asServer));
    expect((await start()).warnings).toEqual([]);
    await done(bench.call('vm.stop', { vm: 'standing', force: true, wait: 60 }));
    await wait(20);
    bench.writeDisk('watched.raw', [0xfa, 0xf4]);
    expect((await start()).warnings).toEqual([expect.stringContaining(`The image ${image}`)]);
  });
});

describe('calls that are cut short', () => {
  it('vm.stop that is cancelled leaves the machine as it is, which can be stopped again', async () => {
    await make('deaf', { image: bench.writeDisk('deaf.raw', [0xfb, 0xf4, 0xeb, 0xfd]) });
    await done(bench.call('vm.start', { vm: 'deaf', wait: 60 }, asServer));
    const controller = new AbortController();
    const stopping = bench.call('vm.stop', { vm: 'deaf', wait: 60 }, { ...asServer, signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    await expect(stopping).rejects.toMatchObject({ code: 'cancelled' });
    expect((await bench.call('vm.get', { vm: 'deaf' })).machine.state).toBe('running');
    expect((await done(bench.call('vm.stop', { vm: 'deaf', force: true, wait: 60 }))).method).toBe('quit');
  });

  it('a server that shuts down while machines start leaves none', async () => {
    await make('starting');
    for (const milliseconds of [0, 30, 100, 300]) {
      const server = await bench.again();
      await server.call('vm.list');
      const starting = server.call('vm.start', { vm: 'starting', wait: 60 }, asServer).catch(() => {});
      await wait(milliseconds);
      await server[Symbol.asyncDispose]();
      await starting;
      expect(readdirSync(path.join(bench.home, 'run'))).toEqual([]);
      expect((await bench.call('vm.get', { vm: 'starting' })).machine.state).toBe('stopped');
    }
  });
});
