import { explainError } from '../../errors/explain-error.ts';
import type { ProbeCheck } from '../../model/provider.ts';
import { formatVersion } from '../../qemu/engine.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import type { Environment } from '../environment.ts';

/** Is QEMU there? Firmware and accelerators are looked at by engine.status: they take longer and seldom hinder everything. */
export async function probeQemu(environment: Environment): Promise<ProbeCheck[]> {
  try {
    const { system, version } = await findEngine(environment.engine);
    return [{ name: 'engine', passed: true, reason: `QEMU ${formatVersion(version)} at ${system}.` }];
  } catch (error) {
    return [{ name: 'engine', passed: false, ...explainError(error) }];
  }
}
