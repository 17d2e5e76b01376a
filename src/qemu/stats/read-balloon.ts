import { z } from 'zod';
import { Fault } from '../../errors/fault.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

type Qmp = Pick<QmpClient, 'execute'>;

export interface GuestMemory {
  readonly memoryBytes?: number | undefined;
  readonly freeBytes?: number | undefined;
}

const objects = z.array(z.object({ name: z.string(), type: z.string() }));
const balloon = z.object({ actual: z.int().min(0) });
const memorySize = z.object({ 'base-memory': z.int().min(0) });
// {"stats": {"stat-available-memory": 190214144, "stat-free-memory": …, …}, "last-update": 1700000000}
const guestStatistics = z.object({ stats: z.record(z.string(), z.number()), 'last-update': z.number() });

const folders = ['/machine/peripheral', '/machine/peripheral-anon'];
const pollSeconds = 2;
/** What the balloon gives for a figure that the guest has not told. */
const untold = -1;

/** What the guest's memory is, by its balloon where it has one. The first look has the balloon ask the guest from then on. */
export async function readGuestMemory(qmp: Qmp, signal?: AbortSignal): Promise<GuestMemory> {
  const path = await findBalloon(qmp, signal);
  if (path === undefined) {
    const raw = await qmp.execute('query-memory-size-summary', {}, signal);
    return { memoryBytes: memorySize.parse(raw)['base-memory'] };
  }
  const { actual } = balloon.parse(await qmp.execute('query-balloon', {}, signal));
  return { memoryBytes: actual, freeBytes: await readAvailable(qmp, path, signal) };
}

async function findBalloon(qmp: Qmp, signal: AbortSignal | undefined): Promise<string | undefined> {
  for (const path of folders) {
    const found = objects.parse(await qmp.execute('qom-list', { path }, signal));
    const device = found.find(({ type }) => /^child<virtio-balloon/.test(type));
    if (device) return `${path}/${device.name}`;
  }
  return undefined;
}

async function readAvailable(qmp: Qmp, path: string, signal: AbortSignal | undefined): Promise<number | undefined> {
  try {
    const raw = await qmp.execute('qom-get', { path, property: 'guest-stats' }, signal);
    const { stats, 'last-update': updated } = guestStatistics.parse(raw);
    if (updated === 0) {
      const polling = { path, property: 'guest-stats-polling-interval', value: pollSeconds };
      await qmp.execute('qom-set', polling, signal);
      return undefined;
    }
    const available = stats['stat-available-memory'] ?? untold;
    // -1 comes as the largest number of 64 bits.
    return available >= 0 && Number.isSafeInteger(available) ? available : undefined;
  } catch (error) {
    // A guest without the driver: QEMU says "guest hasn't updated any stats yet".
    if (error instanceof Fault && error.code === 'failed') return undefined;
    throw error;
  }
}
