import type { z } from 'zod';
import { explainError } from '../errors/explain-error.ts';
import { cancelledFault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { engineReport } from '../model/engine.ts';
import type { ProbeCheck } from '../model/provider.ts';
import { chooseAccelerator } from '../qemu/choose-accelerator.ts';
import { type Engine, formatVersion } from '../qemu/engine.ts';
import { readCapabilities } from '../qemu/engine-capabilities.ts';
import { findEngine } from '../qemu/find-engine.ts';
import { findFirmware } from '../qemu/find-firmware.ts';
import { listFeatures, listMissing } from '../qemu/list-missing.ts';
import type { BridgeServices } from './bridge-services.ts';

type EngineReport = z.input<typeof engineReport>;
type Finding<Part extends keyof EngineReport> = { [Key in Part]?: EngineReport[Key] } & { checks: ProbeCheck[] };

/** What can be said of QEMU here; whatever is missing is a failed check with its remedy, not a Fault. */
export async function engineStatus(
  { configuration, paths }: BridgeServices,
  input: { readonly retry: boolean },
  call: CallContext,
): Promise<EngineReport> {
  const settings = configuration.engine ?? {};
  const engine = await attempt('engine', call.signal, () => findEngine(settings, call.signal, { fresh: true }));
  if (!('value' in engine)) return describeAbsence(engine.check);
  call.progress({ fraction: 0.3, message: 'trying the accelerators' });
  const requested = settings.accelerator ?? 'auto';
  const [firmware, accelerator, capabilities] = await Promise.all([
    firmwareStatus(engine.value, settings, call),
    acceleratorStatus(engine.value, requested, paths.cache, input.retry, call),
    attempt('capabilities', call.signal, () => readCapabilities(engine.value, paths.cache, call.signal)),
  ]);
  const isEmulated = accelerator.accelerator === undefined || accelerator.accelerator === 'tcg';
  const conflicts = isEmulated && requested !== 'tcg' ? await listConflicts(call.signal) : [];
  const able = 'value' in capabilities ? capabilities.value : undefined;
  const { system, img, version } = engine.value;
  const versionText = formatVersion(version);
  const found: ProbeCheck = { name: 'engine', passed: true, reason: `QEMU ${versionText} at ${system}.` };
  const failed = 'check' in capabilities ? [capabilities.check] : [];
  const checks = [found, ...firmware.checks, ...accelerator.checks, ...conflicts, ...failed];
  return {
    ...firmware,
    trials: [],
    ...accelerator,
    available: accelerator.accelerator !== undefined,
    system,
    img,
    version: versionText,
    ...(able && { displays: able.displays, features: listFeatures(able) }),
    missing: await listMissing(able, firmware.uefiCode !== undefined),
    checks,
  };
}

function describeAbsence(check: ProbeCheck): EngineReport {
  const why = `Nothing can be booted without it: ${check.reason}`;
  const missing = [{ what: 'QEMU', why, ...(check.remedy === undefined ? {} : { command: check.remedy }) }];
  return { available: false, trials: [], missing, checks: [check] };
}

/** What may keep guests from the hardware; asked only when they are kept from it. */
async function listConflicts(signal: AbortSignal): Promise<ProbeCheck[]> {
  const { findConflicts } = await import('../qemu/conflicts/find-conflicts.ts');
  return (await findConflicts(signal)).map(({ name, reason, remedy }) => ({ name, passed: false, reason, remedy }));
}

async function firmwareStatus(
  engine: Engine,
  settings: Parameters<typeof findFirmware>[1],
  call: CallContext,
): Promise<Finding<'uefiCode' | 'uefiVariables'>> {
  const firmware = await attempt('firmware', call.signal, () => findFirmware(engine, settings));
  if (!('value' in firmware)) return { checks: [firmware.check] };
  const { uefi } = firmware.value;
  if (uefi === undefined) {
    const reason = 'No UEFI firmware was found; images that need it can not boot.';
    return { checks: [{ name: 'firmware', passed: false, reason, remedy: await installFirmware() }] };
  }
  const check = { name: 'firmware', passed: true, reason: `UEFI firmware at ${uefi.code}.` };
  return { uefiCode: uefi.code, uefiVariables: uefi.vars, checks: [check] };
}

async function acceleratorStatus(
  engine: Engine,
  requested: NonNullable<Parameters<typeof chooseAccelerator>[1]['requested']>,
  cacheFolder: string,
  retry: boolean,
  call: CallContext,
): Promise<Finding<'accelerator' | 'trials'>> {
  const choice = await attempt('accelerator', call.signal, () =>
    chooseAccelerator(engine, { requested, cacheFolder, retry, signal: call.signal }),
  );
  if (!('value' in choice)) return { trials: [], checks: [choice.check] };
  const { accelerator, trials, warning, remedy } = choice.value;
  const check: ProbeCheck = {
    name: 'accelerator',
    passed: true,
    reason: warning ?? `Guests run with ${accelerator}.`,
    ...(remedy === undefined ? {} : { remedy }),
  };
  return { accelerator, trials: [...trials], checks: [check] };
}

async function attempt<Value>(
  name: string,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<{ value: Value } | { check: ProbeCheck }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (signal.aborted) throw cancelledFault(signal, 'Looking at the engine');
    return { check: { name, passed: false, ...explainError(error) } };
  }
}

async function installFirmware(): Promise<string> {
  return (await import('../qemu/find/install-command.ts')).findInstallCommand();
}
