import type { QmpClient } from './qmp/qmp-client.ts';

/** A row of QEMU's user network: a forward that listens, or a connection that it knows. */
export interface NetworkRow {
  /** QEMU's word, e.g. `HOST_FORWARD`, `SYN_SENT`, `ESTABLISHED`. */
  readonly state: string;
  /** Address and port on the host. */
  readonly address: string;
  readonly port: number;
  /** Port in the guest. */
  readonly guestPort: number;
}

//   Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
//   TCP[ESTABLISHED]   85       127.0.0.1 18080       10.0.2.15    80     0     0
//   TCP[HOST_FORWARD]  14               * 18080       10.0.2.15    80     0     0
const row = /^ *TCP\[(\w+)\] +-?\d+ +(\S+) +(\d+) +\S+ +(\d+) /gm;

/** The TCP rows of what QEMU prints for `info usernet`. */
export function parseNetworkRows(text: string): NetworkRow[] {
  return [...text.matchAll(row)].map(([, state = '', address = '', port = '', guestPort = '']) => ({
    state,
    address: address === '*' ? '127.0.0.1' : address,
    port: Number(port),
    guestPort: Number(guestPort),
  }));
}

/** The forwards and connections of the machine's user network; none when it has no such network. */
export async function readNetworkRows(qmp: Pick<QmpClient, 'execute'>, signal?: AbortSignal): Promise<NetworkRow[]> {
  // x-query-usernet says the same, but is not there before 6.2.
  const text = await qmp.execute('human-monitor-command', { 'command-line': 'info usernet' }, signal);
  return typeof text === 'string' ? parseNetworkRows(text) : [];
}
