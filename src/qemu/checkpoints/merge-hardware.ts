import type { CheckpointHardware, MachineDefinition } from '../machines/machine-definition.ts';

type Networks = MachineDefinition['networks'];

/** The hardware of a checkpoint with the ports that are forwarded now: those belong to the host. */
export function mergeHardware(hardware: CheckpointHardware, { networks }: MachineDefinition): CheckpointHardware {
  const [card] = networks;
  const forwards = card !== undefined && 'forwards' in card ? card.forwards : [];
  const merged: Networks = hardware.networks.map((network, index) =>
    'forwards' in network ? { ...network, forwards: index === 0 ? forwards : [] } : network,
  );
  return { ...hardware, networks: merged };
}

/** The machine is again what it was when the memory was saved. */
export function revertHardware(definition: MachineDefinition, hardware: CheckpointHardware): MachineDefinition {
  const { cpus, memoryBytes } = hardware;
  const { networks, shares = definition.shares } = mergeHardware(hardware, definition);
  return { ...definition, cpus, memoryBytes, networks, shares };
}
