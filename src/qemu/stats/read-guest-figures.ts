import { z } from 'zod';
import type { NetworkStatistics } from '../../model/statistics.ts';
import type { AgentClient, CommandLimits } from '../agent/agent-client.ts';
import { readSmallFile } from '../agent/guest-file.ts';
import { parseAnswer } from '../agent/parse-answer.ts';

const figure = z.int().min(0);
const interfaces = z.array(
  z.object({
    name: z.string(),
    'ip-addresses': z.array(z.object({ 'ip-address': z.string() })).optional(),
    statistics: z.object({ 'rx-bytes': figure, 'tx-bytes': figure }).optional(),
  }),
);

/** More cards than any machine has: a guest that tells of more is not believed to the end. */
const mostCards = 64;
const mostAddresses = 32;
const longestName = 100;

/** The guest's network cards with what went through them; those without figures and the loop-back are left out. */
export async function readNetworks(agent: AgentClient, limits?: CommandLimits): Promise<NetworkStatistics[]> {
  const raw = await agent.execute('guest-network-get-interfaces', {}, limits);
  return parseAnswer(interfaces, raw, 'guest-network-get-interfaces')
    .slice(0, mostCards)
    .flatMap(({ name, statistics, 'ip-addresses': addresses = [] }) =>
      statistics === undefined || name === 'lo'
        ? []
        : [
            {
              name: name.slice(0, longestName),
              receivedBytes: statistics['rx-bytes'],
              sentBytes: statistics['tx-bytes'],
              addresses: addresses.slice(0, mostAddresses).map(entry => entry['ip-address'].slice(0, longestName)),
            },
          ],
    );
}

/** Seconds since the guest's kernel was started; nothing where it does not tell (Windows). */
export async function readGuestUptime(agent: AgentClient, limits?: CommandLimits): Promise<number | undefined> {
  // 350735.47 234388.90
  const text = await readSmallFile(agent, '/proc/uptime', limits).catch((error: unknown) => {
    if (limits?.signal?.aborted) throw error;
    return '';
  });
  const seconds = Number(/^(\d+(?:\.\d+)?) /.exec(text)?.[1] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}
