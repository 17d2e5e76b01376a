import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../host/process-identity.ts';
import type { Rung } from '../accelerator/accelerator-ladder.ts';
import type { Engine, EngineSettings } from '../engine.ts';
import { findFirmware, requireUefi } from '../find-firmware.ts';
import type { UefiFirmware } from '../firmware/uefi-firmware.ts';
import type { Guest } from '../guest.ts';
import { launchGuest } from '../launch-guest.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';
import { startWithLessMemory } from '../start-with-less-memory.ts';
import { definitionFile } from './definition-files.ts';
import { describeMachine } from './describe-machine.ts';
import type { KeptCheckpoint, MachineDefinition } from './machine-definition.ts';

export interface StartMachineOptions {
  /** The machine's own folder, with its disks. */
  readonly machineFolder: string;
  /** A fresh private folder for the files of this run. */
  readonly runFolder: string;
  readonly settings: EngineSettings;
  readonly choice: Rung;
  readonly outlives: boolean;
  /** False for a QEMU that was built without VNC. */
  readonly remoteScreen?: boolean | undefined;
  readonly onProcess?: ((identity: ProcessIdentity) => void) | undefined;
  /** The memory that will be loaded was saved on this hardware. */
  readonly hardware?: KeptCheckpoint['hardware'];
  readonly prepare?: ((qmp: QmpClient) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

export interface StartedMachine {
  readonly guest: Guest;
  readonly warnings: readonly string[];
}

/** Starts a kept machine with its own disks. Faults: as `startGuest`; after one the process is gone. */
export async function startMachine(
  engine: Engine,
  definition: MachineDefinition,
  options: StartMachineOptions,
): Promise<StartedMachine> {
  const { choice, settings, hardware } = options;
  const uefi = definition.firmware === 'uefi' ? await findUefi(engine, settings) : undefined;
  const runFolder = await realpath(options.runFolder);
  const start = async (memoryBytes: number) => {
    const { accelerator: chosen, acceleratorOptions, cpu } = hardware ?? choice;
    const run = {
      accelerator: chosen,
      acceleratorOptions,
      cpu,
      memoryBytes,
      machineType: hardware?.machineType,
      uefi,
    };
    const spec = await describeMachine(applyHardware(definition, hardware), options.machineFolder, run);
    const { accelerator, machine, cpus } = spec;
    const first = definition.disks[0]?.file ?? definitionFile;
    return launchGuest(engine, spec, {
      folder: runFolder,
      plan: {
        // What QEMU complains about is the machine's own disk, seldom what that was made from.
        image: { path: join(options.machineFolder, first), format: 'qcow2' },
        machine,
        accelerator,
        acceleratorOptions: spec.acceleratorOptions,
        cpu: spec.cpu,
        cpus,
        memoryBytes,
      },
      outlives: options.outlives,
      remoteScreen: options.remoteScreen,
      definition: definition.id,
      onProcess: options.onProcess,
      prepare: options.prepare,
      signal: options.signal,
    });
  };
  // Saved memory fits into no other size.
  if (hardware !== undefined) return { guest: await start(hardware.memoryBytes), warnings: [] };
  const { result, warning } = await startWithLessMemory(definition.memoryBytes, start);
  return { guest: result, warnings: warning === undefined ? [] : [warning] };
}

async function findUefi(engine: Engine, settings: EngineSettings): Promise<UefiFirmware> {
  return requireUefi(await findFirmware(engine, settings));
}

/** The definition as it was when the memory was saved, as far as the memory knows of it. */
function applyHardware(definition: MachineDefinition, hardware: KeptCheckpoint['hardware']): MachineDefinition {
  if (hardware === undefined) return definition;
  const { cpus, networks, shares = definition.shares } = hardware;
  return { ...definition, cpus, networks, shares };
}
