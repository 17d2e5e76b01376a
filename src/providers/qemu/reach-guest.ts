import type { Guest } from '../../qemu/guest.ts';
import { connectGuest, type GuestRecord, type GuestVisitor } from '../../qemu/guest-records.ts';
import type { QemuSession } from './session.ts';

/** What owner and visitor of a guest have in common. */
export type ReachedGuest = Pick<Guest | GuestVisitor, 'qmp' | 'status' | 'stop'>;

/** Uses a guest by its owner's channel when this process keeps it, else by the channel for visitors, which is given back. */
export async function reachGuest<Result>(
  session: QemuSession,
  record: GuestRecord,
  signal: AbortSignal | undefined,
  use: (guest: ReachedGuest) => Promise<Result>,
): Promise<Result> {
  const kept = session.find(record.folder);
  if (kept !== undefined) return use(kept.guest);
  const visitor = await connectGuest(record, signal);
  try {
    return await use(visitor);
  } finally {
    visitor.close();
  }
}
