import { findMachine } from '../find-machine.ts';
import type { QemuSession } from '../session.ts';

/** A machine whose restore was broken off must not go on before that is set in order: what it writes then would be lost. */
export async function settleBeforeGoingOn(session: QemuSession, vm: string, signal: AbortSignal): Promise<void> {
  const { definition } = await findMachine(session, vm);
  if (definition?.pending === undefined) return;
  const { settlePending } = await import('./settle-pending.ts');
  await session.store.exclusively(definition, signal, () => settlePending(session, vm));
}
