import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findWarden,
  type MachineHome,
  type MachineServer,
  openMachineHome,
  smallest,
  waitForNothing,
} from '../support/machine-server.ts';

let place: MachineHome;
let big: string;
beforeAll(async () => {
  place = await openMachineHome();
  big = path.join(place.folder, 'big.raw');
  writeFileSync(big, Buffer.alloc(48 * 2 ** 20, 0xa5));
});
afterAll(() => place[Symbol.asyncDispose]());

/** Everything that makes files or starts programs, under way at once. */
async function keepBusy(server: MachineServer, round: number): Promise<string[]> {
  const image = { image: place.disk, format: 'raw' };
  const calls: [string, object][] = [
    ['vm.start', { vm: 'kept' }],
    ['vm.create', { name: `new-${round}`, image: big, format: 'raw', ...smallest }],
    ['vm.create', { name: `small-${round}`, ...image, ...smallest }],
    ['vm.clone', { vm: 'base', name: `clone-${round}` }],
    ['image.convert', { image: big, format: 'raw', target: path.join(place.folder, `copy-${round}.qcow2`) }],
    ['image.boot', { ...image, memoryBytes: smallest.memoryBytes }],
    ['image.prove', { ...image, memoryBytes: smallest.memoryBytes }],
    ['vm.checkpoint.create', { vm: 'pointed' }],
    ['vm.configure', { vm: 'base', memoryBytes: (64 + round) * 2 ** 20 }],
    ['vm.rename', { vm: round % 2 === 0 ? 'spare' : 'spared', name: round % 2 === 0 ? 'spared' : 'spare' }],
  ];
  const outcomes = await Promise.allSettled(calls.map(([id, input]) => server.call(id, input)));
  return outcomes.map((outcome, index) => {
    const refused = outcome.status === 'fulfilled' ? 'done' : String(outcome.reason);
    return `${calls[index]?.[0]}: ${/ended during|disposed|closed/.test(refused) ? 'cut off' : refused}`;
  });
}

async function die(server: MachineServer, round: number): Promise<string> {
  if (round % 4 === 1) {
    process.kill(-server.pid, 'SIGKILL');
    await server.kill();
    return 'with its group';
  }
  const warden = round % 4 === 3 ? findWarden(server.pid) : undefined;
  if (warden !== undefined) {
    process.kill(warden, 'SIGKILL');
    await wait(300);
  }
  await server.kill();
  return warden === undefined ? 'alone' : 'after its warden';
}

describe('a server that is killed', () => {
  it('at twenty random moments of its work leaves nothing within five seconds', { timeout: 400_000 }, async () => {
    const first = await place.start();
    for (const name of ['kept', 'base', 'spare', 'pointed']) {
      await first.call('vm.create', { name, image: place.disk, format: 'raw', ...smallest, wait: 60 });
    }
    await first.stop();
    const outcomes = new Map<string, number>();
    const slowest = { milliseconds: 0, how: '' };
    for (let round = 0; round < 20; round++) {
      const server = await place.start({ ownGroup: true });
      await server.call('vm.list');
      const busy = keepBusy(server, round);
      const moment = Math.round(Math.random() ** 2 * 3000);
      await wait(moment);
      const how = await die(server, round);
      const died = performance.now();
      for (const outcome of await busy) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(await waitForNothing(place), `killed ${how} after ${moment} ms`).toEqual([]);
      const milliseconds = Math.round(performance.now() - died);
      if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, how });
    }
    console.log(`20 kills; the longest until nothing was left: ${slowest.milliseconds} ms, killed ${slowest.how}`);
    console.log(
      [...outcomes]
        .map(([outcome, count]) => `${outcome} (${count})`)
        .sort()
        .join(', '),
    );
    // Each of them was really cut off at least once, and none was refused for a reason of its own.
    for (const id of ['vm.start', 'vm.create', 'image.convert', 'image.boot', 'image.prove', 'vm.clone']) {
      expect([...outcomes.keys()]).toContain(`${id}: cut off`);
    }
    const last = await place.start();
    const { machines } = await last.call('vm.list');
    expect(machines.filter((machine: { state: string }) => machine.state === 'unknown')).toEqual([]);
    expect((await last.call('vm.start', { vm: 'kept', wait: 60 })).machine.state).toBe('running');
    await last.stop();
    expect(await waitForNothing(place)).toEqual([]);
  });
});
