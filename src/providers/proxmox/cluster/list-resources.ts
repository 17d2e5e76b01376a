import { z } from 'zod';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { flag, number, text, words } from './reply-values.ts';

const row = z.looseObject({
  type: text,
  node: text,
  status: text,
  storage: text,
  plugintype: text,
  content: words,
  shared: flag,
  vmid: number,
  name: text,
  pool: text,
  template: flag,
  cpu: number,
  maxcpu: number,
  mem: number,
  maxmem: number,
  disk: number,
  maxdisk: number,
  uptime: number,
});
export type ResourceRow = z.infer<typeof row>;

/** One part of the cluster's own inventory: what the account may see, in one request for all nodes. */
export async function listResources(
  { client, host }: ProxmoxSession,
  type: 'vm' | 'storage' | 'node',
  signal: AbortSignal,
): Promise<ResourceRow[]> {
  const request: ProxmoxRequest = { method: 'GET', path: '/cluster/resources', params: { type } };
  return parseReply(z.array(row), await client.send(request, { signal }), `the ${type}s of ${host}`);
}

/** Names of the nodes that work. */
export async function listOnlineNodes(session: ProxmoxSession, signal: AbortSignal): Promise<string[]> {
  const nodes = await listResources(session, 'node', signal);
  return nodes.flatMap(({ node, status }) => (node !== undefined && status === 'online' ? [node] : []));
}
