import { Fault } from '../../../errors/fault.ts';
import { countOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';

/** The lowest number that no machine of the cluster has. */
export async function nextVmid({ client, host }: ProxmoxSession, signal: AbortSignal): Promise<number> {
  // It comes as a text: "100"
  const vmid = countOf(await client.send({ method: 'GET', path: '/cluster/nextid' }, { signal }));
  if (vmid !== undefined) return vmid;
  throw new Fault('failed', `${host} did not tell which number is free for a machine.`, {
    remedy: 'Choose one with vmid.',
    data: { field: 'vmid' },
  });
}

/** How often somebody else may be faster. */
const attempts = 5;

/**
 * Makes a machine with the next free number. Two that ask at the same time are told the same one: the slower is refused,
 * and nothing of it is made, so it asks again. A number that the caller has chosen is tried once.
 */
export async function withFreeVmid<T>(
  session: ProxmoxSession,
  wanted: number | undefined,
  signal: AbortSignal,
  make: (vmid: number) => Promise<T>,
): Promise<T> {
  if (wanted !== undefined) return make(wanted);
  for (let attempt = 1; ; attempt += 1) {
    const vmid = await nextVmid(session, signal);
    try {
      return await make(vmid);
    } catch (error) {
      if (attempt >= attempts || !isTaken(error, vmid)) throw error;
    }
  }
}

// unable to create VM 100 - VM 100 already exists on node 'pve1'
// unable to create CT 100 - CT 100 already exists on node 'pve1'
// can't create: config file already exists
function isTaken(error: unknown, vmid: number): boolean {
  // Only what was refused at once is tried again: a task that has begun has made something.
  if (!(error instanceof Fault) || (error.data?.status !== 500 && error.data?.status !== 400)) return false;
  const said = JSON.stringify([error.data.answer, error.data.fields]);
  return new RegExp(`\\b${vmid}\\b[^"]*already (exists|in use|used)|config file already exists`, 'i').test(said);
}
