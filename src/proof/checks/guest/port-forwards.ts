import { type NetworkRow, readNetworkRows } from '../../../qemu/forwards.ts';
import { formatForward } from '../../../qemu/guest/network-devices.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';

const loopback = '127.0.0.1';
/** A machine may have a card that all systems know, and one that is of use to those with a driver for it. */
const networks = ['net0', 'net1'];

/**
 * Forwards ports of this host's loopback address, which the system chooses, to ports of a running guest, over each of its user
 * networks; gives the rows of those that QEMU has opened. A machine without such a network opens none.
 */
export async function openForwards(
  qmp: Pick<QmpClient, 'execute'>,
  ports: readonly number[],
  signal: AbortSignal,
): Promise<NetworkRow[]> {
  const before = new Set((await listForwards(qmp, signal)).map(({ port }) => port));
  for (const guestPort of ports) {
    const forward = formatForward({ protocol: 'tcp', hostAddress: loopback, hostPort: 0, guestPort });
    // QEMU says in words that there is no such network; no row is the same answer.
    for (const id of networks) await command(qmp, `hostfwd_add ${id} ${forward}`, signal);
  }
  return (await listForwards(qmp, signal)).filter(({ port }) => !before.has(port));
}

/** Closes them again. What is gone together with its machine is closed. */
export async function closeForwards(qmp: Pick<QmpClient, 'execute'>, rows: readonly NetworkRow[]): Promise<void> {
  for (const { address, port } of rows) {
    for (const id of networks) await command(qmp, `hostfwd_remove ${id} tcp:${address}:${port}`).catch(() => {});
  }
}

async function command(qmp: Pick<QmpClient, 'execute'>, line: string, signal?: AbortSignal): Promise<void> {
  await qmp.execute('human-monitor-command', { 'command-line': line }, signal);
}

async function listForwards(qmp: Pick<QmpClient, 'execute'>, signal: AbortSignal): Promise<NetworkRow[]> {
  return (await readNetworkRows(qmp, signal)).filter(({ state }) => state === 'HOST_FORWARD');
}
