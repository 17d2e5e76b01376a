import { join } from 'node:path';
import type { Accelerator } from '../engine.ts';
import { describeFlash, type UefiFirmware } from '../firmware/uefi-firmware.ts';
import { type BlockNode, describeSource } from '../guest/source-node.ts';
import type { DriveSpec, MachineSpec } from '../machine-spec.ts';
import type { MachineDefinition, MachineDisk } from './machine-definition.ts';

export const variablesFile = 'variables.qcow2';

/** What is decided anew at each start. */
export interface RunChoice {
  readonly accelerator: Accelerator;
  readonly acceleratorOptions?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memoryBytes: number;
  /** A certain version of the machine type, for memory that was saved on it. */
  readonly machineType?: string | undefined;
  readonly uefi?: UefiFirmware | undefined;
}

/** A kept machine as QEMU is told of it. Faults: as `describeSource`, for the images that its disks stand on and its disc. */
export async function describeMachine(
  definition: MachineDefinition,
  folder: string,
  choice: RunChoice,
): Promise<MachineSpec> {
  const { name, machine, cpus, networks, shares, disks, cdrom } = definition;
  const nodes = await Promise.all(disks.map(disk => describeDisk(disk, folder)));
  const drives: DriveSpec[] = disks.map(({ bus, sectorSize }, index) => ({
    id: `disk${index}`,
    node: nodes[index],
    bus,
    cdrom: false,
    bootIndex: index + 1,
    sectorSize,
  }));
  const disc = cdrom === null ? undefined : await describeSource(cdrom, 'iso');
  return {
    name,
    machine: choice.machineType ?? machine,
    memoryBytes: choice.memoryBytes,
    cpus,
    accelerator: choice.accelerator,
    acceleratorOptions: choice.acceleratorOptions,
    cpu: choice.cpu,
    flash: choice.uefi && describeFlash(choice.uefi, join(folder, variablesFile), 'qcow2'),
    drives: [
      ...drives,
      // After the disks: an installer's disc is started while they are empty, and not once they hold a system.
      { id: 'cd0', node: disc, bus: discBus(definition), cdrom: true, bootIndex: disks.length + 1 },
    ],
    // Whoever put the disk there has the drivers.
    networks: networks.map(network => ({ ...network, virtio: disks.some(({ bus }) => bus === 'virtio') })),
    shares,
    shutdown: 'poweroff',
    attended: true,
  };
}

/** Where the drive for discs is. */
export function discBus({ machine, disks }: Pick<MachineDefinition, 'machine' | 'disks'>): 'ahci' | 'ide' {
  return machine === 'pc' && disks.every(({ bus }) => bus !== 'ahci') ? 'ide' : 'ahci';
}

async function describeDisk({ file, backing }: MachineDisk, folder: string): Promise<BlockNode> {
  return {
    driver: 'qcow2',
    discard: 'unmap',
    file: { driver: 'file', filename: join(folder, file), discard: 'unmap' },
    // Named here and not taken from the file, so that nothing but the image that was chosen is ever opened.
    backing: backing === undefined ? null : await describeSource(backing.path, backing.format),
  };
}
