import { cancelledFault } from '../../errors/fault.ts';
import type { Conflict, ConflictCheck, ConflictHost } from './conflict.ts';

/**
 * What on this host keeps QEMU from the processor's virtualization, certain ones first. Cheap, without side effects; a check
 * that cannot be made finds nothing.
 */
export async function findConflicts(
  signal?: AbortSignal,
  platform: NodeJS.Platform = process.platform,
  host?: ConflictHost,
): Promise<Conflict[]> {
  if (signal?.aborted) throw cancelledFault(signal, 'Looking for conflicts');
  const seen = host ?? (await import('./read-host.ts')).readHost(signal);
  const found = await Promise.all((await listChecks(platform)).map(check => tryCheck(check, seen)));
  if (signal?.aborted) throw cancelledFault(signal, 'Looking for conflicts');
  const conflicts = found.filter(conflict => conflict !== undefined);
  return [...conflicts.filter(isCertain), ...conflicts.filter(conflict => !isCertain(conflict))];
}

async function listChecks(platform: NodeJS.Platform): Promise<readonly ConflictCheck[]> {
  if (platform === 'linux') return (await import('./linux.ts')).linuxChecks;
  if (platform === 'win32') return (await import('./windows.ts')).windowsChecks;
  return [];
}

async function tryCheck(check: ConflictCheck, host: ConflictHost): Promise<Conflict | undefined> {
  const finding = await check.detect(host).catch(() => undefined);
  if (finding === undefined) return undefined;
  const { name, explains, remedy } = check;
  return { name, reason: `${finding.found}; ${explains}`, remedy, likelihood: finding.likelihood };
}

function isCertain({ likelihood }: Conflict): boolean {
  return likelihood === 'certain';
}
