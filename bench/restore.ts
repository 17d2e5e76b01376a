import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openBridgeAt } from '../test/rpc/support/test-bridge.ts';
import { compare } from './support/compare.ts';
import { Libvirt } from './support/libvirt.ts';
import { milliseconds } from './support/milliseconds.ts';
import { defineTinyDomain, memoryBytes, writeTinyDisk } from './support/tiny-machine.ts';
import { type Answer, createBenchHome } from './support/warm-server.ts';

const what = 'Return of a running machine to a checkpoint with its memory';
const checkpoint = 'before';

/**
 * `vm.checkpoint.restore` beside `virsh snapshot-revert`. Through the bridge in this process: a server refuses a call that
 * destroys something, since the person who would approve it is not there.
 */
export async function measureRestore(): Promise<void> {
  const libvirt = await Libvirt.open();
  if (typeof libvirt === 'string') {
    console.log(`\n${what}: not measured, ${libvirt}`);
    return;
  }
  await using peer = libvirt;
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
  const bridge = await openBridgeAt(createBenchHome(folder), { stderrLevel: 'silent' });
  const call = async (id: string, input: Record<string, unknown>): Promise<Answer> => {
    const answer = await bridge.call(id, input, { door: 'cli', signal: new AbortController().signal });
    if (answer.result === undefined) throw new Error(`${id} has not ended.`);
    return answer.result;
  };
  try {
    const image = writeTinyDisk(folder);
    const domain = await defineTinyDomain(peer, folder, image);
    await call('vm.create', { name: 'tiny', image, cpus: 1, memoryBytes, network: 'none' });
    await call('vm.start', { vm: 'tiny' });
    await call('vm.checkpoint.create', { vm: 'tiny', name: checkpoint });
    await peer.virsh('start', domain);
    await peer.virsh('snapshot-create-as', domain, checkpoint);
    await compare({
      what,
      unit: 'milliseconds',
      first: 'vm.checkpoint.restore',
      second: 'virsh snapshot-revert',
      limit: 0.2,
      rounds: 8,
      measureFirst: () => milliseconds(() => call('vm.checkpoint.restore', { vm: 'tiny', checkpoint })),
      measureSecond: () => milliseconds(() => peer.virsh('snapshot-revert', domain, checkpoint)),
    });
    await call('vm.stop', { vm: 'tiny', force: true });
  } finally {
    await bridge.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
