import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ToolId } from '../../../src/catalog/types.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

/** Calls that may be refused where the machine is not in a state for them, and never fail otherwise. */
const calls: readonly [ToolId, object][] = [
  ['vm.start', {}],
  ['vm.stop', {}],
  ['vm.stop', { force: true }],
  ['vm.restart', {}],
  ['vm.restart', { force: true }],
  ['vm.pause', {}],
  ['vm.suspend', {}],
  ['vm.resume', {}],
  ['vm.configure', { cpus: 3 }],
  ['vm.configure', { memoryBytes: 2 ** 30, reset: ['cores', 'onboot'] }],
  ['vm.rename', { name: 'other' }],
  ['vm.checkpoint.create', { name: 'one & only' }],
  ['vm.checkpoint.create', { name: 'two', disksOnly: true }],
  ['vm.checkpoint.restore', { checkpoint: 'two' }],
  ['vm.checkpoint.restore', { checkpoint: 'one-only' }],
  ['vm.checkpoint.delete', { checkpoint: 'two' }],
  ['vm.migrate', { node: 'pve2', online: true, withLocalDisks: true }],
  ['vm.migrate', { node: 'pve1' }],
  ['vm.clone', { name: 'copy' }],
  ['vm.get', {}],
  ['vm.freeze', { action: 'status' }],
  ['vm.addresses', {}],
];

const refusals = ['conflict', 'unsupported', 'not_found', 'ambiguous'];

async function makeCalls(bench: MachineBench, vmid: number, chosen: readonly (readonly [ToolId, object])[]) {
  const vm = `proxmox:lab/${vmid}`;
  for (const [id, input] of chosen) {
    const planned = await attempt(() =>
      id === 'vm.get' || id === 'vm.addresses' ? undefined : bench.plan(id, { vm, ...input }),
    );
    const done = await attempt(() => bench.run(id, { vm, ...input }));
    if (done instanceof Fault) expect([id, refusals.includes(done.code), done.code]).toEqual([id, true, done.code]);
    // What the run begins by refusing, the plan refuses as well.
    if (done instanceof Fault || planned instanceof Fault) {
      expect([id, codeOf(planned)]).toEqual([id, id === 'vm.get' || id === 'vm.addresses' ? undefined : codeOf(done)]);
    }
    const guest = bench.server.guest(vmid);
    const { machine } = await bench.run('vm.get', { vm });
    const word =
      guest.lock === 'suspended'
        ? 'saved'
        : guest.running
          ? guest.type === 'lxc'
            ? 'running'
            : guest.qmpstatus
          : 'stopped';
    expect([id, machine.state, machine.node]).toEqual([id, word, guest.node]);
    const { checkpoints } = await bench.run('vm.checkpoint.list', { vm });
    expect(checkpoints.map(checkpoint => checkpoint.id).sort()).toEqual(guest.snapshots.map(({ name }) => name).sort());
    expect(checkpoints.find(({ current }) => current)?.id).toBe(guest.parent);
  }
}

async function attempt(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function codeOf(outcome: unknown): string | undefined {
  return outcome instanceof Fault ? outcome.code : undefined;
}

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `any calls in any order at Proxmox VE %s ${missing ?? ''}`,
  version => {
    it.each([100, 200])('leave machine %d as the tools say', { timeout: 600_000 }, async vmid => {
      // Whether a container is saved, nobody is told.
      const fit = calls.filter(([id]) => vmid === 100 || !['vm.suspend', 'vm.resume'].includes(id));
      const sequence = fc.array(fc.constantFrom(...fit), { minLength: 3, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(sequence, async chosen => {
          await using bench = await openMachineBench({ version, taskMilliseconds: 1 });
          await makeCalls(bench, vmid, chosen);
        }),
        { numRuns: 60 },
      );
    });
  },
);
