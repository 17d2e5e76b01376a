import { Fault } from '../../errors/fault.ts';
import type { ProbeCheck } from '../../model/provider.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import type { Environment } from '../environment.ts';

/** Is QEMU there? Firmware and accelerators are looked at by engine.status: they take longer and seldom hinder everything. */
export async function probeQemu(environment: Environment): Promise<ProbeCheck[]> {
  try {
    const { system, version } = await findEngine(environment.engine);
    return [
      { name: 'engine', passed: true, reason: `QEMU ${version.major}.${version.minor}.${version.micro} at ${system}.` },
    ];
  } catch (error) {
    const remedy = error instanceof Fault ? error.remedy : undefined;
    const reason = error instanceof Error ? error.message : String(error);
    return [{ name: 'engine', passed: false, reason, ...(remedy === undefined ? {} : { remedy }) }];
  }
}
