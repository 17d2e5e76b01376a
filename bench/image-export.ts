import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bundle } from '../scripts/build/bundle.ts';
import { ExportTask } from '../src/disk/nbd/export-task.ts';
import { findProgram } from '../src/host/find-program.ts';
import { keepHeapSmall } from '../src/rpc/keep-heap-small.ts';
import { compare } from './support/compare.ts';
import { milliseconds } from './support/milliseconds.ts';
import { makeFullVhdx } from './support/sparse-images.ts';

const run = promisify(execFile);

interface Servers {
  readonly ours: string;
  readonly qemuNbd: string;
}

/** A whole dynamic VHDX of 1 GiB, read once by nbdcopy. */
export function measureSequential(): Promise<void> {
  return withServers('nbdcopy', 'libnbd-bin', async ({ ours, qemuNbd }) => {
    const copy = (address: string) =>
      milliseconds(() => run('nbdcopy', ['--request-size=524288', address, 'null:'], { timeout: 60_000 }));
    await compare({
      what: 'Reading 1 GiB of a dynamic VHDX over NBD, 512 KiB at a time',
      unit: 'milliseconds',
      first: 'export',
      second: 'qemu-nbd',
      limit: 1,
      rounds: 20,
      measureFirst: () => copy(ours),
      measureSecond: () => copy(qemuNbd),
    });
  });
}

/** 4 KiB here and there, 32 at a time, by fio. */
export function measureRandom(): Promise<void> {
  return withServers('fio', 'fio', async ({ ours, qemuNbd }) => {
    await compare({
      what: 'Reading 4 KiB of a dynamic VHDX over NBD, 32 reads under way',
      unit: 'microseconds a read',
      first: 'export',
      second: 'qemu-nbd',
      limit: 1,
      rounds: 10,
      measureFirst: () => microsecondsPerRead(ours),
      measureSecond: () => microsecondsPerRead(qemuNbd),
    });
  });
}

async function microsecondsPerRead(address: string): Promise<number> {
  const job = ['--rw=randread', '--bs=4k', '--iodepth=32', '--size=1G', '--runtime=1', '--time_based'];
  const args = ['--name=random', '--ioengine=nbd', `--uri=${address}`, ...job, '--output-format=json'];
  const { stdout } = await run('fio', args, { timeout: 60_000 });
  return 1e6 / JSON.parse(stdout.slice(stdout.indexOf('{'))).jobs[0].read.iops;
}

/** Both serve the same file, from one process each, for as long as it is measured. */
async function withServers(
  client: string,
  debianPackage: string,
  measure: (servers: Servers) => Promise<void>,
): Promise<void> {
  for (const [program, name] of [
    ['qemu-nbd', 'qemu-utils'],
    [client, debianPackage],
  ] as const) {
    if ((await findProgram(program)) !== undefined) continue;
    console.log(`\nThe export of images is not measured: ${program} is missing (Debian: ${name}).`);
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
  try {
    const image = await makeFullVhdx(folder);
    // As it is in the server.
    keepHeapSmall();
    const dist = path.join(folder, 'dist');
    await bundle(dist);
    const ours = path.join(folder, 'export.sock');
    const request = { path: image, format: 'vhdx', parents: [], address: { kind: 'unix', path: ours } } as const;
    const served = await new ExportTask(path.join(dist, 'threads/image-export.cjs'), request).ready();
    const socket = path.join(folder, 'qemu-nbd.sock');
    const args = ['--read-only', '--format=vhdx', '--persistent', '--shared=0', `--socket=${socket}`, image];
    const peer = spawn('qemu-nbd', args, { stdio: 'ignore' });
    const ended = once(peer, 'exit');
    while (!existsSync(socket)) await wait(10);
    try {
      await measure({ ours: `nbd+unix:///?socket=${ours}`, qemuNbd: `nbd+unix:///?socket=${socket}` });
    } finally {
      peer.kill();
      await Promise.all([ended, served.close()]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
