import { z } from 'zod';
import type { Network } from '../../../model/network.ts';
import { encodeRequest } from '../client/encode-request.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { listResources } from '../cluster/list-resources.ts';
import { wordsOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';

const rawInterface = z.object({
  iface: z.string(),
  type: z.string(),
  active: z.boolean().optional(),
  exists: z.boolean().optional(),
  cidr: z.string().optional(),
  cidr6: z.string().optional(),
  gateway: z.string().optional(),
  gateway6: z.string().optional(),
  bridge_ports: z.string().optional(),
  ovs_ports: z.string().optional(),
  bridge_vlan_aware: z.boolean().optional(),
  comments: z.string().optional(),
});
export type NodeInterface = z.infer<typeof rawInterface>;

/** The interfaces of a node, as they will be once everything is applied. */
export interface NodeNetwork {
  readonly node: string;
  readonly interfaces: readonly NodeInterface[];
  /** What waits to be applied, as a difference of /etc/network/interfaces. */
  readonly changes: string | undefined;
}

/** What machines can be attached to. */
const bridgeTypes: readonly string[] = ['bridge', 'OVSBridge'];

export function networkRequest(node: string): ProxmoxRequest {
  return { method: 'GET', path: '/nodes/{node}/network', params: { node } };
}

/**
 * What waits stands beside the data of the answer:
 * {"data":[{"iface":"vmbr0","type":"bridge","cidr":"192.0.2.11/24","bridge_ports":"nic0",…}],"changes":"--- /etc/network/…"}
 */
export async function readNodeNetwork(
  { client }: ProxmoxSession,
  node: string,
  signal: AbortSignal,
): Promise<NodeNetwork> {
  const text = await client.readDocument(encodeRequest(networkRequest(node)).target, { signal });
  const whole = z.object({ data: z.array(rawInterface), changes: z.string().optional() });
  const { data, changes = '' } = parseReply(whole, parseJson(text), `the network of ${node}`);
  return { node, interfaces: data, changes: changes === '' ? undefined : changes };
}

/** Something that is no JSON is told of like every other answer that is not understood. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The networks of all nodes that work, and why those of others are not known. */
export async function readNodeNetworks(session: ProxmoxSession, signal: AbortSignal) {
  const rows = await listResources(session, 'node', signal);
  const nodes = rows.flatMap(({ node, status }) => (node !== undefined && status === 'online' ? [node] : []));
  const others = rows.flatMap(({ node }) => (node === undefined || nodes.includes(node) ? [] : [node]));
  const unread = others.map(node => `node ${node}: it is not online`);
  const read = async (node: string) => {
    try {
      return [await readNodeNetwork(session, node, signal)];
    } catch (error) {
      if (signal.aborted) throw error;
      unread.push(`node ${node}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };
  return { networks: (await Promise.all(nodes.map(read))).flat(), unread };
}

export function bridgesOf(host: string, { node, interfaces, changes }: NodeNetwork): Network[] {
  return interfaces
    .filter(({ type }) => bridgeTypes.includes(type))
    .map(found => presentBridge(host, node, found, changes));
}

/** A bridge with ports leads outside; one without, which has an address, leads to the node; the others nowhere. */
export function presentBridge(host: string, node: string, found: NodeInterface, changes: string | undefined): Network {
  const { iface, type, active, cidr, cidr6, comments } = found;
  const ports = wordsOf(found.bridge_ports ?? found.ovs_ports).filter(port => port !== 'none');
  const address = cidr ?? cidr6;
  const isNew = changes !== undefined && active !== true && namesIn(changes).includes(iface);
  return {
    id: `proxmox:${host}/${node}/${iface}`,
    provider: 'proxmox',
    host,
    name: iface,
    kind: ports.length > 0 ? 'external' : address === undefined ? 'private' : 'internal',
    machines: [],
    type,
    node,
    active: active === true,
    ...(address === undefined ? {} : { address }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(found.bridge_vlan_aware === undefined ? {} : { vlanAware: found.bridge_vlan_aware }),
    ...(comments === undefined ? {} : { comment: comments.trimEnd() }),
    ...(isNew ? { pending: 'new' as const } : {}),
  };
}

/** What stands for an interface whose name lies outside of the part that a difference shows. */
const unnamed = 'an interface';

/** The interfaces that a difference adds, removes or changes: their settings stand below their names. */
export function namesIn(changes: string): string[] {
  // @@ -20,0 +21,4 @@\n+auto vmbr1\n+iface vmbr1 inet manual\n+\tbridge-ports none
  const names = new Set<string>();
  let current = unnamed;
  for (const line of changes.split('\n').filter(one => !/^(---|\+\+\+) /.test(one))) {
    const [, name] = /^[-+ ]?\s*(?:iface|auto|allow-\S+)\s+(\S+)/.exec(line) ?? [];
    current = line.startsWith('@@') ? unnamed : (name ?? current);
    if (/^[-+]\s*\S/.test(line)) names.add(current);
  }
  return [...names];
}
