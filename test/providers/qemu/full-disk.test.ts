import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBootDisk, obeyPowerButtonAsleep } from '../../qemu/support/boot-sector.ts';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';
import { done, smallest } from './support/machines.ts';

let folder: string;
let home: string;
let isMounted = false;
let bridge: TestBridge | undefined;

const mount = (...args: string[]) => spawnSync('mount', args).status === 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-full-'));
  home = path.join(folder, 'home');
  mkdirSync(home);
  isMounted = mount('-t', 'tmpfs', '-o', 'size=4m', 'none', home);
  writeFileSync(path.join(folder, 'disk.raw'), createBootDisk(obeyPowerButtonAsleep));
  const configuration = { engine: { accelerator: 'tcg' }, providers: { qemu: { enabled: true } } };
  if (isMounted) bridge = await openTestBridge({ memory: false, configuration, home });
});
afterAll(async () => {
  await bridge?.[Symbol.asyncDispose]();
  if (isMounted) spawnSync('umount', ['-l', home]);
  rmSync(folder, { recursive: true, force: true });
});

const call = async (id: string, input: object = {}) => bridge!.call(id, input, { door: 'cli' });
const image = () => ({ image: path.join(folder, 'disk.raw'), format: 'raw', ...smallest });
const machines = () => readdirSync(path.join(home, 'state', 'machines'));

/** Takes all the space that is left, and returns what gives it back. */
function fill(): () => void {
  const file = path.join(home, 'filler');
  for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 4)) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // The next try is with a smaller piece.
    }
  }
  expect(statfsSync(home).bavail).toBe(0);
  return () => rmSync(file);
}

describe('a disk that is full', () => {
  it('leaves machines as they were, says so, and lets go on when there is room', { timeout: 120_000 }, async ctx => {
    if (!isMounted) ctx.skip('a tmpfs can not be mounted here');
    await done(call('vm.create', { name: 'old', ...image(), wait: 60 }));
    const before = machines().filter(name => !name.includes('.lock'));
    const makeRoom = fill();
    const attempts: [string, object][] = [
      ['vm.create', { name: 'new', ...image(), wait: 60 }],
      ['vm.clone', { vm: 'old', name: 'new', wait: 60 }],
      ['vm.rename', { vm: 'old', name: 'new' }],
      ['vm.configure', { vm: 'old', cpus: 2 }],
      ['vm.start', { vm: 'old', wait: 60 }],
    ];
    for (const [id, input] of attempts) {
      const fault = await call(id, input).catch((error: unknown) => error);
      expect(fault, id).toMatchObject({ code: 'host_fault', remedy: expect.stringMatching(/space|full|room/i) });
      expect((await call('vm.list')).machines).toMatchObject([{ name: 'old', state: 'stopped' }]);
      expect(machines().filter(name => !name.includes('.lock'))).toEqual(before);
    }
    expect(existsSync(path.join(home, 'run')) ? readdirSync(path.join(home, 'run')) : []).toEqual([]);
    makeRoom();
    await call('vm.rename', { vm: 'old', name: 'new' });
    expect((await done(call('vm.start', { vm: 'new', wait: 60 }))).machine.state).toBe('running');
    await done(call('vm.stop', { vm: 'new', force: true, wait: 60 }));
  });

  it('read-only: the list is there, changes say why not', { timeout: 60_000 }, async ctx => {
    const state = path.join(home, 'state');
    if (!isMounted || !mount('--bind', state, state)) ctx.skip('nothing can be mounted here');
    try {
      expect(mount('-o', 'remount,bind,ro', state)).toBe(true);
      expect((await call('vm.list')).machines).toMatchObject([{ name: 'new', state: 'stopped' }]);
      for (const [id, input] of [
        ['vm.rename', { vm: 'new', name: 'newer' }],
        ['vm.start', { vm: 'new', wait: 60 }],
        ['vm.delete', { vm: 'new' }],
      ] as const) {
        const fault = await call(id, input).catch((error: unknown) => error);
        expect(fault, id).toMatchObject({ code: 'host_fault', remedy: expect.any(String) });
      }
    } finally {
      spawnSync('umount', ['-l', state]);
    }
  });
});
