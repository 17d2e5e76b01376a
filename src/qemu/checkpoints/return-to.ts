import type { MachineDefinition } from '../machines/machine-definition.ts';
import { stopPending } from './checkpoint-tree.ts';
import { revertHardware } from './merge-hardware.ts';

/** The machine stands on this checkpoint, with the hardware that its memory was saved on. */
export function returnTo(definition: MachineDefinition, id: string): MachineDefinition {
  const hardware = definition.checkpoints.find(each => each.id === id)?.hardware;
  const settled = { ...stopPending(definition), current: id };
  return hardware === undefined ? settled : revertHardware(settled, hardware);
}
