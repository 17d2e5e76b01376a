import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../host/process-identity.ts';
import type { Rung } from '../accelerator/accelerator-ladder.ts';
import type { Engine, EngineSettings } from '../engine.ts';
import { findFirmware, requireUefi } from '../find-firmware.ts';
import type { Guest } from '../guest.ts';
import { launchGuest } from '../launch-guest.ts';
import type { MachineSpec } from '../machine-spec.ts';
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

/** What decides how QEMU is told of a machine. */
type DescribeOptions = Pick<StartMachineOptions, 'machineFolder' | 'settings' | 'choice' | 'hardware'>;

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
  const { hardware } = options;
  const describe = await prepareDescription(engine, definition, options);
  const runFolder = await realpath(options.runFolder);
  const start = async (memoryBytes: number) => {
    const spec = await describe(memoryBytes);
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

/** Gives what describes the machine to QEMU, with the memory that there is. Faults: as `describeMachine`, and without firmware. */
export async function prepareDescription(
  engine: Engine,
  definition: MachineDefinition,
  { machineFolder, settings, choice, hardware }: DescribeOptions,
): Promise<(memoryBytes: number) => Promise<MachineSpec>> {
  const uefi = definition.firmware === 'uefi' ? await requireUefi(await findFirmware(engine, settings)) : undefined;
  const { accelerator, acceleratorOptions, cpu } = hardware ?? choice;
  const machineType = hardware?.machineType;
  return memoryBytes => {
    const run = { accelerator, acceleratorOptions, cpu, memoryBytes, machineType, uefi };
    return describeMachine(applyHardware(definition, hardware), machineFolder, run);
  };
}

/** The definition as it was when the memory was saved, as far as the memory knows of it. */
function applyHardware(definition: MachineDefinition, hardware: KeptCheckpoint['hardware']): MachineDefinition {
  if (hardware === undefined) return definition;
  const { cpus, networks, shares = definition.shares } = hardware;
  return { ...definition, cpus, networks, shares };
}
