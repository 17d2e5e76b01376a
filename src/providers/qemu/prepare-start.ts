import { type CallContext, isPersonal } from '../../model/call.ts';
import { type AcceleratorChoice, chooseAccelerator } from '../../qemu/choose-accelerator.ts';
import type { Engine, EngineSettings } from '../../qemu/engine.ts';
import { readCapabilities } from '../../qemu/engine-capabilities.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import type { CheckpointHardware, MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import { findChangedBases } from './base-images.ts';
import { requireSharing } from './check-hardware.ts';
import { refuseBaseOfClones } from './refuse-base-of-clones.ts';
import type { QemuSession } from './session.ts';

export interface Circumstances {
  readonly call: CallContext;
  readonly hardware?: CheckpointHardware | undefined;
  /** False where an accelerator is tried only to tell of it. */
  readonly remember: boolean;
}

/** Whatever is decided anew at each start. */
export interface StartChoice {
  readonly engine: Engine;
  readonly settings: EngineSettings;
  readonly choice: AcceleratorChoice;
  /** False for a QEMU that was built without VNC. */
  readonly remoteScreen: boolean;
  /** Warnings of images that were changed. */
  readonly changed: readonly string[];
}

/** Whether a machine goes on when this process ends. Whoever types a command expects it to be there when the command is done. */
export function outlivesCall({ outlives }: MachineDefinition, asked: boolean, { door }: CallContext): boolean {
  return asked || outlives || (isPersonal(door) && process.platform !== 'win32');
}

/** Chooses engine and accelerator for a machine that is to be started, and refuses one that must not be. */
export async function prepareStart(
  session: QemuSession,
  definition: MachineDefinition,
  { call, hardware, remember }: Circumstances,
): Promise<StartChoice> {
  const { environment } = session;
  const { signal } = call;
  const cacheFolder = environment.paths.cache;
  await refuseBaseOfClones(session, definition, 'can not be started');
  const changed = await findChangedBases(definition);
  call.progress({ fraction: 0.1, message: 'choosing engine and accelerator' });
  const settings: EngineSettings = environment.engine;
  const engine = await findEngine(settings, signal);
  const wished = hardware?.accelerator ?? definition.accelerator;
  const requested = wished === 'auto' ? (settings.accelerator ?? 'auto') : wished;
  const { vnc, ninep } = await readCapabilities(engine, cacheFolder, signal);
  if (definition.shares.length > 0) requireSharing(ninep);
  const choice = await chooseAccelerator(engine, { requested, cacheFolder, remember, signal });
  return { engine, settings, choice, remoteScreen: vnc, changed };
}
