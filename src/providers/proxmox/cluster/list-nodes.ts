import { z } from 'zod';
import type { Node } from '../../../model/node.ts';
import type { Operation } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { listResources, type ResourceRow } from './list-resources.ts';
import { text, toBytes } from './reply-values.ts';

const details = z.looseObject({
  pveversion: text,
  kversion: text,
  'current-kernel': z.looseObject({ release: text }).optional().catch(undefined),
  cpuinfo: z.looseObject({ model: text }).optional().catch(undefined),
  loadavg: z.array(z.coerce.number()).optional().catch(undefined),
});

export const listNodes: Operation<ProxmoxSession, 'node.list'> = async (session, { detailed }, { signal }) => {
  const rows = await listResources(session, 'node', signal);
  const nodes = rows.flatMap(row => (row.node === undefined ? [] : [presentNode(session, row.node, row)]));
  nodes.sort((a, b) => a.name.localeCompare(b.name));
  if (!detailed) return { nodes };
  return { nodes: await Promise.all(nodes.map(node => addDetails(session, node, signal))) };
};

function presentNode({ host }: ProxmoxSession, name: string, row: ResourceRow): Node {
  const state = row.status === 'online' || row.status === 'offline' ? row.status : 'unknown';
  const cpus = row.maxcpu === undefined ? undefined : Math.round(row.maxcpu);
  return {
    provider: 'proxmox',
    host,
    name,
    state,
    ...(cpus === undefined ? {} : { cpus }),
    ...given('cpuUsage', row.cpu),
    ...given('memoryBytes', toBytes(row.maxmem)),
    ...given('memoryUsedBytes', toBytes(row.mem)),
    ...given('diskBytes', toBytes(row.maxdisk)),
    ...given('diskUsedBytes', toBytes(row.disk)),
    ...given('uptimeSeconds', row.uptime),
  };
}

function given<Key extends keyof Node>(key: Key, value: number | undefined): Partial<Node> {
  return value === undefined || value < 0 ? {} : { [key]: value };
}

/** A node that does not tell more keeps its row. */
async function addDetails(session: ProxmoxSession, node: Node, signal: AbortSignal): Promise<Node> {
  if (node.state !== 'online') return node;
  const request: ProxmoxRequest = { method: 'GET', path: '/nodes/{node}/status', params: { node: node.name } };
  try {
    const reply = parseReply(details, await session.client.send(request, { signal }), `the state of ${node.name}`);
    const version = reply.pveversion?.replace(/^pve-manager\//, '').split('/', 1)[0];
    const kernel = reply['current-kernel']?.release ?? reply.kversion;
    const cpuModel = reply.cpuinfo?.model;
    return {
      ...node,
      ...(version === undefined ? {} : { version }),
      ...(kernel === undefined ? {} : { kernel }),
      ...(cpuModel === undefined ? {} : { cpuModel }),
      ...(reply.loadavg === undefined ? {} : { loadAverage: reply.loadavg }),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    session.log.debug(`The node ${node.name} of ${session.host} did not tell its state: ${String(error)}`);
    return node;
  }
}
