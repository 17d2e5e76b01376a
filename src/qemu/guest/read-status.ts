import { z } from 'zod';
import type { GuestStatus } from '../guest.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

const runState = z.object({ status: z.string() });
const known: readonly GuestStatus[] = [
  'running',
  'paused',
  'prelaunch',
  'shutdown',
  'suspended',
  'internal-error',
  'io-error',
  'guest-panicked',
];

/** What QEMU says that the machine is doing. */
export async function readStatus(qmp: QmpClient, signal?: AbortSignal): Promise<GuestStatus> {
  const { status } = runState.parse(await qmp.execute('query-status', {}, signal));
  return known.find(word => word === status) ?? 'other';
}
