import { Fault } from '../../errors/fault.ts';
import type { DiskBus } from '../boot-plan.ts';
import type { DriveSpec } from '../machine-spec.ts';

type Device = Readonly<Record<string, unknown>>;

/** The chipset behind a machine type: `pc-q35-7.2` is a q35. */
export function isQ35(machine: string): boolean {
  return machine.includes('q35');
}

/**
 * The devices that show the drives to the guest. Faults: `invalid` when machine, bus and sector size do not go together, or
 * when there are more drives than the bus has places.
 */
export function describeDrives(machine: string, drives: readonly DriveSpec[]): Device[] {
  const used = new Map<DiskBus, number>();
  const needsController = drives.some(({ bus }) => bus === 'ahci') && !isQ35(machine);
  const devices = drives.map(drive => {
    checkDrive(machine, drive);
    const place = used.get(drive.bus) ?? 0;
    used.set(drive.bus, place + 1);
    return describeDrive(machine, drive, place);
  });
  // q35 has such a controller; the older machine gets one.
  return needsController ? [{ driver: 'ich9-ahci', id: 'ahci' }, ...devices] : devices;
}

function describeDrive(machine: string, drive: DriveSpec, place: number): Device {
  const { id, bus, cdrom, node, bootIndex, sectorSize = 512 } = drive;
  const sectors =
    sectorSize === 512 || cdrom ? {} : { logical_block_size: sectorSize, physical_block_size: sectorSize };
  const common = {
    id,
    ...(node === undefined ? {} : { drive: id }),
    ...(bootIndex === undefined ? {} : { bootindex: bootIndex }),
    ...sectors,
  };
  const driver = cdrom ? 'ide-cd' : 'ide-hd';
  switch (bus) {
    case 'ahci':
      checkPlace(bus, place, 6);
      return { driver, bus: `${isQ35(machine) ? 'ide' : 'ahci'}.${place}`, ...common };
    case 'ide':
      checkPlace(bus, place, 4);
      return { driver, bus: `ide.${place >> 1}`, unit: place & 1, ...common };
    case 'nvme':
      return { driver: 'nvme', serial: place === 0 ? 'vmbridge' : `vmbridge-${place}`, ...common };
    case 'virtio':
      return { driver: 'virtio-blk-pci', ...common };
  }
}

function checkPlace(bus: DiskBus, place: number, places: number): void {
  if (place < places) return;
  throw new Fault('invalid', `The bus ${bus} has ${places} places, and the machine was to have more drives on it.`, {
    remedy: 'Put some of the drives on another bus.',
    data: { field: 'bus' },
  });
}

function checkDrive(machine: string, { bus, cdrom, sectorSize = 512 }: DriveSpec): void {
  const isIde = bus === 'ahci' || bus === 'ide';
  if (bus === 'ide' && isQ35(machine)) {
    throw new Fault('invalid', `The machine ${machine} has no IDE controller.`, {
      remedy: 'Use the machine "pc", or the bus "ahci".',
    });
  }
  if (cdrom && !isIde) {
    throw new Fault('invalid', `A CD cannot be put on the bus ${bus}.`, {
      remedy: 'Use the bus "ahci", or "ide" with the machine "pc".',
    });
  }
  if (!cdrom && isIde && sectorSize !== 512) {
    throw new Fault(
      'invalid',
      `The bus ${bus} carries disks with sectors of 512 bytes, and this one has ${sectorSize}.`,
      {
        remedy: 'Use the bus "nvme" or "virtio".',
      },
    );
  }
}
