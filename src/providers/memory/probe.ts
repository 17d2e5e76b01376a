import { Fault } from '../../errors/fault.ts';
import type { ProbeCheck } from '../../model/provider.ts';
import type { Environment } from '../environment.ts';
import { suffer } from './pretend/preset-faults.ts';
import { type MemorySettings, parseSettings } from './settings.ts';
import { readWorld } from './world/file-store.ts';

/** Whether its settings are right and its file can be read, then whatever the preset faults of "probe" say. */
export async function probe(environment: Environment): Promise<ProbeCheck[]> {
  let settings: MemorySettings;
  try {
    settings = parseSettings(environment);
  } catch (error) {
    return [failedCheck('settings', error)];
  }
  const checks: ProbeCheck[] = [{ name: 'settings', passed: true, reason: 'The settings are right.' }];
  if (settings.file !== undefined) checks.push(await checkFile(settings.file));
  for (const preset of settings.faults.filter(({ tool }) => tool === 'probe')) {
    // Nobody cancels a probe; a hanging one is what the preset is there to show.
    await suffer(preset, 'The probe of the pretend hypervisor', new AbortController().signal);
  }
  return checks;
}

async function checkFile(file: string): Promise<ProbeCheck> {
  try {
    const found = await readWorld(file);
    return {
      name: 'file',
      passed: true,
      reason: found === undefined ? `${file} will be made.` : `${file} is readable.`,
    };
  } catch (error) {
    return failedCheck('file', error);
  }
}

function failedCheck(name: string, error: unknown): ProbeCheck {
  if (!(error instanceof Fault)) throw error;
  const { message, remedy } = error;
  return { name, passed: false, reason: message, ...(remedy === undefined ? {} : { remedy }) };
}
