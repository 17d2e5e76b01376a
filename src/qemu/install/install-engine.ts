import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { EngineInstallation, InstallMethod } from '../../model/engine-install.ts';
import { type Engine, type EngineSettings, formatVersion } from '../engine.ts';
import { type EngineSearch, findEngine } from '../find-engine.ts';
import { findFirmware } from '../find-firmware.ts';
import { installPackages } from './install-packages.ts';
import { installWindowsBuild } from './install-windows-build.ts';
import { installWithWinget } from './install-with-winget.ts';
import type { InstallationStep, InstallRequest } from './installation-step.ts';

export interface EngineInstallRequest extends InstallRequest {
  readonly method: 'auto' | InstallMethod;
  /** Install although it is there. */
  readonly force: boolean;
  readonly settings: EngineSettings;
  /** Where to look for the engine, when not on this host: for tests. */
  readonly search?: EngineSearch;
}

/**
 * Installs QEMU unless it is there with UEFI firmware, and looks for it afterwards. Faults: those of the ways,
 * `unsupported` for one that this system has not, `conflict` when the configuration names a QEMU that does not work,
 * `failed` when none is found after all.
 */
export async function installEngine(request: EngineInstallRequest): Promise<EngineInstallation> {
  const ways = chooseWays(request);
  const before = await look(request);
  if (before.engine !== undefined && before.isComplete && !request.force) {
    return { changed: false, commands: [], warnings: [], ...describeEngine(before.engine) };
  }
  const step = await takeFirst(ways, request);
  const report = { method: step.method, commands: [...step.commands], download: step.download };
  if (request.planOnly) {
    const found = before.engine === undefined ? {} : describeEngine(before.engine);
    return { ...report, changed: false, ...found, warnings: [...step.warnings] };
  }
  request.progress({ fraction: 0.97, message: 'looking for what was installed' });
  const after = await look(request);
  if (after.engine === undefined) throw stillMissing(step, after.fault);
  const lacking = after.isComplete ? [] : ['UEFI firmware was still not found; see engine.status.'];
  return { ...report, changed: true, ...describeEngine(after.engine), warnings: [...step.warnings, ...lacking] };
}

/** The first step of `installEngine`, looked into and not taken; nothing when QEMU is there. Throws where it would. */
export async function planInstallation(request: EngineInstallRequest): Promise<InstallationStep | undefined> {
  const ways = chooseWays(request);
  const { engine, isComplete } = await look(request);
  if (engine !== undefined && isComplete && !request.force) return undefined;
  return takeFirst(ways, { ...request, planOnly: true, needsRights: true });
}

type Way = (request: InstallRequest) => Promise<InstallationStep>;

const waysOnWindows: Readonly<Record<string, readonly Way[]>> = {
  auto: [installWithWinget, installWindowsBuild],
  winget: [installWithWinget],
  download: [installWindowsBuild],
};
const waysElsewhere: Readonly<Record<string, readonly Way[]>> = {
  auto: [installPackages],
  packageManager: [installPackages],
};

function chooseWays({ method, host }: EngineInstallRequest): readonly Way[] {
  const ways = (host.platform === 'win32' ? waysOnWindows : waysElsewhere)[method];
  if (ways !== undefined) return ways;
  throw new Fault('unsupported', `QEMU cannot be installed by the method "${method}" on this system.`, {
    remedy: 'Leave the method out.',
    data: { field: 'method' },
  });
}

/** The first way that works; what kept the earlier ones from working becomes a warning. */
async function takeFirst(ways: readonly Way[], request: EngineInstallRequest): Promise<InstallationStep> {
  const warnings: string[] = [];
  for (const [index, way] of ways.entries()) {
    try {
      const step = await way(request);
      return { ...step, warnings: [...warnings, ...step.warnings] };
    } catch (error) {
      if (request.signal.aborted) throw cancelledFault(request.signal, 'Installing QEMU');
      if (!(error instanceof Fault) || index === ways.length - 1) throw error;
      // That there is no winget is nothing to be warned of.
      if (error.code !== 'unavailable') warnings.push(error.message);
    }
  }
  throw new Error('there is no way to install QEMU');
}

interface Sight {
  readonly engine?: Engine;
  /** With UEFI firmware. */
  readonly isComplete: boolean;
  readonly fault?: Fault;
}

async function look({ settings, search, engineFolder, signal }: EngineInstallRequest): Promise<Sight> {
  try {
    const engine = await findEngine(settings, signal, { ownFolder: engineFolder, ...search });
    return { engine, isComplete: (await findFirmware(engine, settings)).uefi !== undefined };
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'cancelled') throw error;
    if (settings.system === undefined && settings.img === undefined) return { isComplete: false, fault: error };
    throw new Fault('conflict', `Installing QEMU would not help: ${error.message}`, {
      remedy: 'Correct or remove "engine.system" and "engine.img" in the configuration.',
      data: error.data,
      cause: error,
    });
  }
}

function describeEngine({ system, version }: Engine): { system: string; version: string } {
  return { system, version: formatVersion(version) };
}

function stillMissing({ method, commands }: InstallationStep, fault: Fault | undefined): Fault {
  return new Fault('failed', `QEMU was installed (${method}), but it is not found: ${fault?.message}`, {
    remedy: 'Set "engine.system" in the configuration to where qemu-system-x86_64 is.',
    data: { method, commands },
    cause: fault,
  });
}
