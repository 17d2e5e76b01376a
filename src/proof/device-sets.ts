import type { Firmware, ImageInspection } from '../model/image.ts';
import type { DiskBus, Machine } from '../qemu/boot-plan.ts';
import type { BootOptions } from './boot-options.ts';

/** The devices of a machine on which it depends whether a system finds its own disk. */
export interface DeviceSet {
  readonly firmware: Firmware;
  readonly machine: Machine;
  readonly bus: DiskBus;
}

/**
 * How a disk can be attached, what most systems have drivers for first. The older machine is the one with a controller of
 * the old IDE kind; such a controller and AHCI show no sectors of 4096 bytes.
 */
const ladder: readonly (Omit<DeviceSet, 'firmware'> & { readonly largeSectors: boolean })[] = [
  { bus: 'ahci', machine: 'q35', largeSectors: false },
  { bus: 'nvme', machine: 'q35', largeSectors: true },
  { bus: 'ide', machine: 'pc', largeSectors: false },
  { bus: 'virtio', machine: 'q35', largeSectors: true },
];

type Wishes = Pick<BootOptions, 'bus' | 'machine' | 'firmware'>;

/**
 * The sets of devices to try, in order: those of the ladder with the disk's firmware, then the first ones with the other firmware, for a disk that
 * boots with either. What was asked for by name is not varied.
 */
export function listDeviceSets(
  inspection: Pick<ImageInspection, 'format' | 'sectorSize' | 'otherFirmware'>,
  wishes: Wishes,
  firmware: Firmware,
): [DeviceSet, ...DeviceSet[]] {
  const rungs = listRungs(inspection, wishes);
  const { otherFirmware } = inspection;
  const [first, ...others] = rungs.map(rung => ({ firmware, ...rung }));
  const other = wishes.firmware === 'auto' && otherFirmware !== undefined && otherFirmware !== firmware;
  const swapped = other ? rungs.slice(0, 1).map(rung => ({ firmware: otherFirmware, ...rung })) : [];
  // A bus that was named is taken as it is: what does not go together is said when the machine is built.
  const fallback = { firmware, bus: wishes.bus === 'auto' ? 'ahci' : wishes.bus, machine: machineFor(wishes) } as const;
  return [first ?? fallback, ...others, ...swapped];
}

function listRungs(
  { format, sectorSize }: Pick<ImageInspection, 'format' | 'sectorSize'>,
  { bus, machine }: Wishes,
): Omit<DeviceSet, 'firmware'>[] {
  const isDisc = format === 'iso';
  return ladder
    .filter(rung => bus === 'auto' || rung.bus === bus)
    .filter(rung => bus !== 'auto' || rung.largeSectors || sectorSize !== 4096 || isDisc)
    .filter(rung => !isDisc || bus !== 'auto' || rung.bus === 'ahci' || rung.bus === 'ide')
    .filter(rung => machine !== 'q35' || rung.bus !== 'ide' || bus === 'ide')
    .map(rung => ({ bus: rung.bus, machine: machine === 'auto' ? rung.machine : machine }));
}

function machineFor({ bus, machine }: Wishes): Machine {
  if (machine !== 'auto') return machine;
  return bus === 'ide' ? 'pc' : 'q35';
}

/** For people, e.g. "UEFI, q35, nvme". */
export function describeDevices({ firmware, machine, bus }: DeviceSet): string {
  return `${firmware.toUpperCase()}, ${machine}, ${bus}`;
}
