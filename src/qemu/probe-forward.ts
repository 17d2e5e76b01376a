import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { NetworkRow } from './forwards.ts';

/** How long a guest may take to answer to one try, in milliseconds. */
const limitMs = 2000;
const pollMs = 50;

/**
 * Whether a program in the guest takes connections to a forwarded port. QEMU's user network accepts every connection
 * itself, before it asks the guest, and lets it hang while the guest has no address yet: a connection counts when the
 * network knows it as established on the side of the guest too, or the guest has sent something.
 */
export async function probeForward(
  { address, port }: NetworkRow,
  readRows: () => Promise<NetworkRow[]>,
  signal: AbortSignal,
): Promise<boolean> {
  const socket = connect({ host: address === '0.0.0.0' ? '127.0.0.1' : address, port });
  let spoke = false;
  let closed = false;
  socket.on('data', () => {
    spoke = true;
    socket.pause();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  try {
    for (const end = performance.now() + limitMs; performance.now() < end && !closed && !spoke; ) {
      await wait(pollMs, undefined, { signal });
      const rows = await readRows();
      if (rows.some(row => row.port === port && row.state === 'ESTABLISHED')) return true;
    }
    return spoke;
  } finally {
    socket.destroy();
  }
}
