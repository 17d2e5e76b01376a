import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBootDisk, halt, sendSerial } from '../qemu/support/boot-sector.ts';
import type { Answer } from '../rpc/support/test-bridge.ts';
import {
  type MachineHome,
  type MachineServer,
  openMachineHome,
  smallest,
  waitForNothing,
} from '../support/machine-server.ts';

let place: MachineHome;
beforeAll(async () => {
  place = await openMachineHome();
});
afterAll(() => place[Symbol.asyncDispose]());

const names = ['one', 'two', 'three', 'four', 'five'];

async function listRunning(server: MachineServer): Promise<Map<string, number>> {
  const { machines } = await server.call('vm.list');
  const running = machines.filter((machine: Answer) => machine.state === 'running');
  return new Map(running.map((machine: Answer) => [machine.name, machine.processId]));
}

describe('five machines that outlive their server', () => {
  it('are known again within a second of the next start, and stop in order', { timeout: 300_000 }, async () => {
    let server = await place.start();
    const pids = new Map<string, number>();
    for (const name of names) {
      await server.call('vm.create', { name, image: place.disk, format: 'raw', ...smallest, wait: 60 });
      const { machine } = await server.call('vm.start', { vm: name, outlive: true, wait: 60 });
      pids.set(name, machine.processId);
    }
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      await server.kill();
      await wait(300);
      expect([...pids.values()].filter(pid => !existsSync(`/proc/${pid}`))).toEqual([]);
      const started = performance.now();
      server = await place.start();
      const running = await listRunning(server);
      took.push(performance.now() - started);
      expect(running).toEqual(pids);
    }
    console.log(`five machines known after ${took.map(Math.round).join(', ')} ms`);
    expect(Math.min(...took)).toBeLessThan(1000);
    for (const name of names) expect((await server.call('vm.stop', { vm: name, wait: 90 })).method).toBe('guest');
    await server.stop();
    expect(await waitForNothing(place)).toEqual([]);
  });
});

describe('a machine that ended while nobody kept it, whose number another process has by now', () => {
  it('is known as crashed, and that process is left alone', { timeout: 60_000 }, async () => {
    const first = await place.start();
    await first.call('vm.create', { name: 'reused', image: place.disk, format: 'raw', ...smallest, wait: 60 });
    const { machine } = await first.call('vm.start', { vm: 'reused', outlive: true, wait: 60 });
    await first.kill();
    process.kill(machine.processId, 'SIGKILL');
    const run = path.join(place.home, 'run');
    const folder = readdirSync(run).find(name => name.startsWith('reused-'));
    const file = path.join(run, folder ?? '', 'machine.json');
    const record = JSON.parse(readFileSync(file, 'utf8'));
    const stranger = spawn('sleep', ['600']);
    try {
      record.process.pid = stranger.pid;
      record.owner.pid = stranger.pid;
      writeFileSync(file, JSON.stringify(record));
      const second = await place.start();
      expect((await second.call('vm.get', { vm: 'reused' })).machine).toMatchObject({ state: 'failed' });
      expect((await second.call('vm.stop', { vm: 'reused', wait: 60 })).method).toBe('already');
      await second.stop();
      expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
      expect(await waitForNothing(place)).toEqual([]);
    } finally {
      stranger.kill('SIGKILL');
    }
  });
});

describe('a home whose path is too long for sockets', () => {
  it('has its machines found again, and nothing stays in the folder of short names', { timeout: 120_000 }, async () => {
    const below = path.join(place.folder, 'x'.repeat(120));
    mkdirSync(below);
    const shorts = () => readdirSync(tmpdir()).filter(name => /^vmbridge-[0-9a-f]{20}$/.test(name));
    const before = new Set(shorts());
    const own = () => shorts().filter(name => !before.has(name));
    await using far = await openMachineHome(below);
    const first = await far.start();
    await first.call('vm.create', { name: 'far', image: far.disk, format: 'raw', ...smallest, wait: 60 });
    const { machine } = await first.call('vm.start', { vm: 'far', outlive: true, wait: 60 });
    expect(own()).not.toEqual([]);
    await first.kill();
    await wait(2000);
    const second = await far.start();
    expect(await listRunning(second)).toEqual(new Map([['far', machine.processId]]));
    expect((await second.call('vm.stop', { vm: 'far', wait: 90 })).method).toBe('guest');
    await second.call('vm.start', { vm: 'far', wait: 60 });
    await second.kill();
    expect(await waitForNothing(far)).toEqual([]);
    await expect.poll(own, { timeout: 5000 }).toEqual([]);
  });
});

/** How long it takes, from `since`, until the machine is in that state; asked again and again. */
async function waitForState(
  server: MachineServer,
  vm: string,
  state: string,
  since: number,
): Promise<[Answer, number]> {
  for (;;) {
    const { machine } = await server.call('vm.get', { vm });
    const took = performance.now() - since;
    if (machine.state === state) return [machine, took];
    if (took > 20_000) throw new Error(`${vm} is ${machine.state} and not ${state}`);
    await wait(10);
  }
}

describe('a QEMU that something happens to', () => {
  it('is seen at once, kept, adopted or thrown away', { timeout: 180_000 }, async () => {
    const endless = path.join(place.folder, 'endless.raw');
    writeFileSync(endless, createBootDisk([...sendSerial('on'), ...halt]));
    const first = await place.start();
    await first.call('vm.create', { name: 'kept', image: endless, format: 'raw', ...smallest, wait: 60 });
    await first.call('vm.create', { name: 'adopted', image: endless, format: 'raw', ...smallest, wait: 60 });
    await first.call('vm.start', { vm: 'adopted', outlive: true, wait: 60 });
    await first.kill();
    const server = await place.start();
    await server.call('vm.start', { vm: 'kept', wait: 60 });
    const booted = await server.call('image.boot', { image: endless, format: 'raw', until: 'started', wait: 60 });
    const figures: string[] = [];
    for (const vm of ['kept', 'adopted', booted.machine.name]) {
      const { processId, state } = (await server.call('vm.get', { vm })).machine;
      expect(state).toBe('running');
      process.kill(processId, 'SIGSTOP');
      const [stopped, silentAfter] = await waitForState(server, vm, 'failed', performance.now());
      expect(silentAfter).toBeLessThan(5000);
      expect(stopped.problem).toMatch(/does not answer/);
      process.kill(processId, 'SIGCONT');
      await waitForState(server, vm, 'running', performance.now());
      process.kill(processId, 'SIGKILL');
      const [killed, goneAfter] = await waitForState(server, vm, 'failed', performance.now());
      expect(goneAfter).toBeLessThan(500);
      expect(killed).toMatchObject({ nativeState: 'crashed', problem: expect.stringMatching(/ended unexpectedly/) });
      expect(typeof readFileSync(killed.log, 'utf8')).toBe('string');
      figures.push(`${vm}: stopped ${Math.round(silentAfter)} ms, killed ${Math.round(goneAfter)} ms`);
    }
    console.log(figures.join('; '));
    await server.stop();
    expect(await waitForNothing(place)).toEqual([]);
  });
});
