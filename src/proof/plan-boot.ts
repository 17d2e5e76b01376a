import { availableParallelism, freemem } from 'node:os';
import { inspectImage } from '../disk/inspect-image.ts';
import { Fault } from '../errors/fault.ts';
import type { Firmware, ImageInspection, Obstacle } from '../model/image.ts';
import type { BootPlan } from '../qemu/boot-plan.ts';
import { type AcceleratorChoice, chooseAccelerator } from '../qemu/choose-accelerator.ts';
import { defaultMemoryBytes } from '../qemu/default-memory.ts';
import type { Engine, RequestedAccelerator } from '../qemu/engine.ts';
import { findEngine } from '../qemu/find-engine.ts';
import { type FoundFirmware, findFirmware, requireUefi } from '../qemu/find-firmware.ts';
import type { UefiFirmware } from '../qemu/firmware/uefi-firmware.ts';
import type { BootOptions, BootServices } from './boot-options.ts';
import { type DeviceSet, listDeviceSets } from './device-sets.ts';

/** All that is decided before the first attempt. */
export interface PlannedBoot {
  readonly inspection: ImageInspection;
  readonly engine: Engine;
  readonly uefi: UefiFirmware | undefined;
  /** UEFI firmware that is there, whether the plan needs it or not. */
  readonly otherUefi: UefiFirmware | undefined;
  /** By the caller or the configuration; a named one is used or refused, never replaced. */
  readonly requested: RequestedAccelerator;
  readonly choice: AcceleratorChoice;
  readonly plan: BootPlan;
  /** The devices that it may be tried with, in order; the plan has the first of them. */
  readonly sets: readonly [DeviceSet, ...DeviceSet[]];
  readonly warnings: readonly string[];
  /** Nothing that could boot was found, although all was read. */
  readonly unbootable: boolean;
}

/** Inspects the image; throws the Fault of the first obstacle that no boot gets past. */
export async function inspectForBoot(options: BootOptions, signal: AbortSignal): Promise<ImageInspection> {
  const { image, format, parents } = options;
  const inspection = await inspectImage(image, { format, parents, signal });
  const blocking = inspection.obstacles.find(obstacle => obstacle.blocking && isOfTheFile(obstacle));
  if (blocking === undefined) return inspection;
  throw new Fault('unsupported', `The image ${options.image} can not be booted: ${blocking.message}`, {
    remedy: blocking.remedy,
    data: { field: 'image', obstacles: inspection.obstacles },
  });
}

// What only the content lacks is for the firmware to find out: that it stops there, too, is the verdict.
const obstaclesOfContent = new Set(['no_boot_loader', 'damaged_gpt', 'sector_size_mismatch']);

function isOfTheFile(obstacle: Obstacle): boolean {
  return !obstaclesOfContent.has(obstacle.code);
}

/** Finds the engine, its firmware and an accelerator that works, and decides the rest. */
export async function planBoot(
  inspection: ImageInspection,
  options: BootOptions,
  services: BootServices,
): Promise<PlannedBoot> {
  const engine = await findEngine(services.engine, services.signal);
  const found = await findFirmware(engine, services.engine);
  const firmware = chooseFirmware(inspection, options, found);
  const uefi = firmware === 'uefi' ? await requireUefi(found) : undefined;
  const sets = listDeviceSets(inspection, options, firmware);
  const [devices] = sets;
  const requested = options.accelerator === 'auto' ? (services.engine.accelerator ?? 'auto') : options.accelerator;
  const choice = await chooseAccelerator(engine, {
    requested,
    cacheFolder: services.cacheFolder,
    remember: services.remember,
    signal: services.signal,
  });
  services.log?.info(`Guests run with ${choice.accelerator}.`, {
    image: inspection.path,
    ...(choice.cpu === undefined ? {} : { cpu: choice.cpu }),
    why: choice.warning ?? 'It is the first of the list that works here.',
  });
  const plan: BootPlan = {
    image: { path: inspection.path, format: inspection.format, parents: inspection.parents },
    ...devices,
    memoryBytes: options.memoryBytes ?? defaultMemoryBytes(freemem()),
    cpus: options.cpus ?? Math.min(2, availableParallelism()),
    ...pickAccelerator(choice),
    network: options.network,
    cdrom: inspection.format === 'iso',
    sectorSize: chooseSectorSize(inspection, devices),
    agent: true,
  };
  const unbootable = inspection.obstacles.some(({ code }) => code === 'no_boot_loader');
  const warnings = collectWarnings(inspection, options, choice, firmware);
  return { inspection, engine, uefi, otherUefi: found.uefi, requested, choice, plan, sets, warnings, unbootable };
}

/** What a choice of accelerator means for the plan. */
export function pickAccelerator({ accelerator, acceleratorOptions, cpu }: AcceleratorChoice) {
  return { accelerator, acceleratorOptions, cpu };
}

// A disk that says nothing, because it boots with neither, gets the firmware that its partition table goes with.
function chooseFirmware(inspection: ImageInspection, options: BootOptions, { uefi }: FoundFirmware): Firmware {
  if (options.firmware !== 'auto') return options.firmware;
  return inspection.firmware ?? (inspection.partitionTable === 'gpt' && uefi ? 'uefi' : 'bios');
}

// A raw file does not say what its sectors were. Where the bus can carry larger ones, its partition table is believed.
export function chooseSectorSize(
  { sectorSize, obstacles }: ImageInspection,
  { bus }: Pick<DeviceSet, 'bus'>,
): 512 | 4096 {
  const isOther = obstacles.some(({ code }) => code === 'sector_size_mismatch');
  if (sectorSize === 512 && isOther && (bus === 'nvme' || bus === 'virtio')) return 4096;
  return sectorSize === 4096 ? 4096 : 512;
}

function collectWarnings(
  inspection: ImageInspection,
  options: BootOptions,
  choice: AcceleratorChoice,
  firmware: BootPlan['firmware'],
): string[] {
  const { firmware: needed } = inspection;
  return [
    ...(choice.warning === undefined ? [] : [choice.warning]),
    ...inspection.obstacles.map(obstacle => obstacle.message),
    ...(options.firmware !== 'auto' && needed !== undefined && needed !== firmware
      ? [
          `The disk asks for ${needed.toUpperCase()} firmware; it was booted with ${firmware.toUpperCase()} as requested.`,
        ]
      : []),
  ];
}
