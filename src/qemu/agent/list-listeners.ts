import type { AgentClient, CommandLimits } from './agent-client.ts';
import { readSmallFile } from './guest-file.ts';

//   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//    0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1083 1 …
const row = /^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /gm;
const listening = '0A';

/** The addresses at which programs in a Linux guest listen on a TCP port. Fault: `not_found` (no such guest). */
export async function listListeners(agent: AgentClient, port: number, limits?: CommandLimits): Promise<string[]> {
  const four = await readSmallFile(agent, '/proc/net/tcp', limits);
  // Absent in a guest without IPv6.
  const six = await readSmallFile(agent, '/proc/net/tcp6', limits).catch((error: unknown) => {
    if (limits?.signal?.aborted) throw error;
    return '';
  });
  return parseListeners(`${four}\n${six}`, port);
}

/** Rows of /proc/net/tcp and tcp6 that listen on the port, as addresses that people know. */
export function parseListeners(text: string, port: number): string[] {
  const found = [...text.matchAll(row)].filter(
    ([, , hex = '', state]) => state === listening && Number.parseInt(hex, 16) === port,
  );
  return [...new Set(found.map(([, address = '']) => formatAddress(address)))];
}

/** Words of four bytes, each in the byte order of a little-endian machine. */
function formatAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = Buffer.concat(words.map(word => Buffer.from(word, 'hex').reverse()));
  if (bytes.length === 4) return bytes.join('.');
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  return groups.every(group => group === '0000') ? '[::]' : `[${groups.join(':')}]`;
}
