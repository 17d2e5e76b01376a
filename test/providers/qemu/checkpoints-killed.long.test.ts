import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { MachineDefinition } from '../../../src/qemu/machines/machine-definition.ts';
import { countOn, readTags } from './support/counting-guest.ts';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

const program = path.join(import.meta.dirname, 'support', 'work-on-checkpoints-forever.ts');
const rounds = 14;

/** Runs the program and kills it at some moment of its work. */
async function workAndKill(home: string, round: number): Promise<string> {
  const lifetime = round % 2 === 0 ? 'host' : 'server';
  const child = spawn(process.execPath, [program, home, lifetime], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await once(child.stdout, 'data');
  await wait(200 + Math.random() * 2500);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  return said;
}

it('a kill at any moment of the work leaves a machine whose checkpoints are whole', { timeout: 600_000 }, async () => {
  const bench = await openMachineBench();
  try {
    const image = bench.writeDisk('counting.raw', countOn);
    await done(bench.call('vm.create', { name: 'web', image, format: 'raw', ...smallest }));
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const said = await workAndKill(bench.home, round);
      expect(said.replace(/^(ready|conflict .*|not_found .*|invalid .*)$/gm, '').trim()).toBe('');
      seen.add(readDefinition(bench).pending?.action ?? 'none');
      await wait(500);
      await check(bench);
    }
    // At least some of the kills struck while something was being done.
    expect(seen.size).toBeGreaterThan(1);
  } finally {
    await done(bench.call('vm.stop', { vm: 'web', force: true })).catch(() => {});
    await bench[Symbol.asyncDispose]();
  }
});

async function check(bench: MachineBench): Promise<void> {
  await using next = await bench.again();
  const run = (id: string, input: object = {}) => done(next.call(id, { vm: 'web', ...input }));
  expect(['running', 'paused', 'stopped', 'failed']).toContain(
    (await next.call('vm.get', { vm: 'web' })).machine.state,
  );
  // Puts in order what was left, and goes on.
  expect((await run('vm.start')).machine.state).toBe('running');
  const { id } = (await run('vm.checkpoint.create')).checkpoint;
  const { checkpoints, pending } = readDefinition(bench);
  expect(pending).toBeUndefined();
  const disk = path.join(folderOf(bench), 'disk0.qcow2');
  expect(readTags(disk).sort()).toEqual(checkpoints.map(each => `vmbridge-${each.id}`).sort());
  for (const each of checkpoints) {
    expect(existsSync(path.join(folderOf(bench), `memory-${each.id}.qcow2`))).toBe(each.memory);
    if (each.memory) {
      const { machine } = await run('vm.checkpoint.restore', { checkpoint: each.id });
      expect(machine.state).toBe('running');
    }
  }
  await run('vm.checkpoint.delete', { checkpoint: id });
  await run('vm.stop', { force: true });
  // Clusters that nothing refers to (3) cost space, damage (2) would cost data.
  expect([0, 3]).toContain(spawnSync('qemu-img', ['check', '-q', disk], { stdio: 'ignore' }).status);
  if (Math.random() < 0.5) await run('vm.start');
}

function folderOf(bench: MachineBench): string {
  const root = path.join(bench.home, 'state', 'machines');
  return path.join(root, readdirSync(root).find(name => /^[0-9a-f]{12}$/.test(name)) ?? '');
}

function readDefinition(bench: MachineBench): MachineDefinition {
  return JSON.parse(readFileSync(path.join(folderOf(bench), 'machine.json'), 'utf8'));
}
