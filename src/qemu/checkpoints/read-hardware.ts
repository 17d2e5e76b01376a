import { z } from 'zod';
import type { GuestRecord } from '../guest-records.ts';
import type { CheckpointHardware, MachineDefinition } from '../machines/machine-definition.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

/** What a machine runs on now, as its memory knows it. */
export async function readHardware(
  qmp: QmpClient,
  record: GuestRecord,
  definition: MachineDefinition,
): Promise<CheckpointHardware> {
  // "pc-q35-7.2-machine": the version that "q35" stood for at the start.
  const type = z.string().parse(await qmp.execute('qom-get', { path: '/machine', property: 'type' }));
  return {
    machineType: type.replace(/-machine$/, ''),
    accelerator: record.accelerator,
    cpus: record.cpus ?? definition.cpus,
    memoryBytes: record.memoryBytes ?? definition.memoryBytes,
    networks: definition.networks,
    shares: definition.shares,
    attended: true,
    engine: record.engine.version,
  };
}

/** Whether memory saved on one fits into the other. Forwarded ports are no part of it, nor is QEMU's own version. */
export function isSameHardware(one: CheckpointHardware, other: CheckpointHardware): boolean {
  return describe(one) === describe(other);
}

function describe({ machineType, accelerator, cpu, cpus, memoryBytes, networks, shares }: CheckpointHardware): string {
  const cards = networks.map(({ mac }) => mac);
  return JSON.stringify([
    machineType,
    accelerator,
    cpu,
    cpus,
    memoryBytes,
    cards,
    shares?.map(({ name }) => name) ?? [],
  ]);
}
