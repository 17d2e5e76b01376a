import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type MachineHome, type MachineServer, smallest } from '../../support/machine-server.ts';

export interface BootCampaign {
  readonly boots: number;
  /** Each so-manieth is the start of a kept machine, the others are of throw-away ones. */
  readonly keptEach: number;
  /** Boots after which the server's memory is looked at. */
  readonly looks: readonly number[];
}

export interface CampaignResult {
  /** How often each way of stopping was needed. */
  readonly methods: Readonly<Record<string, number>>;
  /** MiB that the server held after so many boots. */
  readonly memory: Readonly<Record<number, number>>;
}

/** Boots small guests and has them shut down, four at a time. */
export async function bootInARow(
  place: MachineHome,
  server: MachineServer,
  { boots, keptEach, looks }: BootCampaign,
): Promise<CampaignResult> {
  const methods: Record<string, number> = {};
  const memory: Record<number, number> = {};
  let begun = 0;
  let ended = 0;
  const worker = async (index: number) => {
    const name = `kept-${index}`;
    await server.call('vm.create', { name, image: place.disk, format: 'raw', ...smallest, wait: 60 });
    while (begun < boots) {
      begun += 1;
      const method =
        begun % keptEach === 0 ? await startAndStop(place, server, name) : await bootAndStop(place, server);
      methods[method] = (methods[method] ?? 0) + 1;
      ended += 1;
      if (looks.includes(ended)) memory[ended] = readMemory(server.pid);
    }
  };
  await Promise.all([0, 1, 2, 3].map(worker));
  return { methods, memory };
}

async function bootAndStop(place: MachineHome, server: MachineServer): Promise<string> {
  const options = { image: place.disk, format: 'raw', memoryBytes: smallest.memoryBytes, until: 'started', wait: 120 };
  const { machine } = await server.call('image.boot', options);
  await waitUntilReady(path.join(place.home, 'run', machine.name));
  return (await server.call('vm.stop', { vm: machine.id, wait: 120 })).method;
}

async function startAndStop(place: MachineHome, server: MachineServer, name: string): Promise<string> {
  const vm = `qemu:local/${name}`;
  await server.call('vm.start', { vm, wait: 120 });
  const run = path.join(place.home, 'run');
  const folder = readdirSync(run).find(each => each.startsWith(`${name}-`));
  if (folder === undefined) throw new Error(`${name} has no run folder`);
  await waitUntilReady(path.join(run, folder));
  return (await server.call('vm.stop', { vm, wait: 120 })).method;
}

/** A button that is pressed before the guest listens costs seconds, until it is pressed again. */
async function waitUntilReady(folder: string): Promise<void> {
  const serial = path.join(folder, 'serial.log');
  for (const end = performance.now() + 60_000; performance.now() < end; await wait(20)) {
    if (existsSync(serial) && readFileSync(serial, 'latin1').includes('ready')) return;
  }
  throw new Error(`The guest in ${folder} has not started.`);
}

function readMemory(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Math.round(Number(kibibytes) / 1024);
}
