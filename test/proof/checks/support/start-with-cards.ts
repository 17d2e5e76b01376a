import { createOverlay } from '../../../../src/qemu/guest/create-overlay.ts';
import { describeSource } from '../../../../src/qemu/guest/source-node.ts';
import type { Guest } from '../../../../src/qemu/guest.ts';
import { launchGuest } from '../../../../src/qemu/launch-guest.ts';
import type { MachineSpec } from '../../../../src/qemu/machine-spec.ts';
import { planFor, type Workbench } from '../../../qemu/support/run-guest.ts';

const memoryBytes = 256 * 1024 * 1024;

/** A machine with the agent's channel and, beside the card that all systems know, one for those with a driver for it. */
export async function startWithCards(bench: Workbench, path: string): Promise<Guest> {
  const folder = await bench.makeFolder();
  const plan = planFor(path, { image: { path, format: 'qcow2' }, memoryBytes });
  const node = await createOverlay(bench.engine, plan, { node: await describeSource(path, 'qcow2') }, folder);
  const spec: MachineSpec = {
    name: 'checked',
    machine: 'q35',
    memoryBytes,
    cpus: 1,
    accelerator: 'tcg',
    drives: [{ id: 'disk0', bus: 'ahci', cdrom: false, bootIndex: 0, node }],
    networks: [
      { kind: 'restricted', forwards: [] },
      { kind: 'restricted', forwards: [], virtio: true },
    ],
    shares: [],
    shutdown: 'pause',
    attended: false,
    agent: true,
  };
  return await launchGuest(bench.engine, spec, { folder, plan });
}
