import { Fault } from '../../errors/fault.ts';
import type { Guest } from '../../qemu/guest.ts';
import { connectGuest, type GuestRecord, type GuestVisitor } from '../../qemu/guest-records.ts';
import { nameOf } from './find-machine.ts';
import type { QemuSession } from './session.ts';

/** What owner and visitor of a guest have in common. */
export type ReachedGuest = Pick<Guest | GuestVisitor, 'qmp' | 'status' | 'stop'>;

/**
 * Uses a guest by its owner's channel when this process keeps it, else by the channel for visitors, which is given back.
 * Fault: `unavailable` when its QEMU is known not to answer, but for those who can do with that (`evenSilent`).
 */
export async function reachGuest<Result>(
  session: QemuSession,
  record: GuestRecord,
  signal: AbortSignal | undefined,
  use: (guest: ReachedGuest) => Promise<Result>,
  { evenSilent = false }: { readonly evenSilent?: boolean } = {},
): Promise<Result> {
  const kept = session.find(record.folder);
  if (kept?.guest.responding === false && !evenSilent) throw describeSilence(record);
  if (kept !== undefined) return use(kept.guest);
  const visitor = await connectGuest(record, signal);
  try {
    return await use(visitor);
  } finally {
    visitor.close();
  }
}

function describeSilence(record: GuestRecord): Fault {
  const { pid } = record.process;
  return new Fault('unavailable', `QEMU (process ${pid}) of the machine "${nameOf(record)}" does not answer.`, {
    remedy: 'Wait until vm.get says that it runs, or stop it with force.',
    data: { field: 'vm', pid },
  });
}
