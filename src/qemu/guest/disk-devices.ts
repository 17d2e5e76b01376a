import { Fault } from '../../errors/fault.ts';
import type { BootPlan } from '../boot-plan.ts';

type Device = Readonly<Record<string, unknown>>;

/** The devices that show the node `disk` to the guest. Faults: `invalid` when machine, bus and sector size do not go together. */
export function describeDisk(plan: BootPlan): Device[] {
  const { bus, machine, cdrom = false, sectorSize = 512 } = plan;
  checkPlan(plan);
  const sectors = sectorSize === 512 ? {} : { logical_block_size: sectorSize, physical_block_size: sectorSize };
  const disk = { id: 'disk0', drive: 'disk', bootindex: 0, ...(cdrom ? {} : sectors) };
  const drive = cdrom ? 'ide-cd' : 'ide-hd';
  switch (bus) {
    case 'ahci':
      // q35 has such a controller; the older machine gets one.
      if (machine === 'q35') return [{ driver: drive, bus: 'ide.0', ...disk }];
      return [
        { driver: 'ich9-ahci', id: 'ahci' },
        { driver: drive, bus: 'ahci.0', ...disk },
      ];
    case 'ide':
      return [{ driver: drive, bus: 'ide.0', ...disk }];
    case 'nvme':
      return [{ driver: 'nvme', serial: 'vmbridge', ...disk }];
    case 'virtio':
      return [{ driver: 'virtio-blk-pci', ...disk }];
  }
}

function checkPlan({ bus, machine, cdrom = false, sectorSize = 512 }: BootPlan): void {
  const isIde = bus === 'ahci' || bus === 'ide';
  if (bus === 'ide' && machine !== 'pc') {
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
