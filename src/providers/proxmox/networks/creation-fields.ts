import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { listOnlineNodes } from '../cluster/list-resources.ts';
import type { ProxmoxSession } from '../session.ts';
import type { Sdn } from './read-sdn.ts';

type Input = ToolInput<'network.create'>;
type Parameters = NonNullable<ProxmoxRequest['params']>;

const fieldsOf = { bridge: ['ports', 'address', 'node'], vnet: ['zone', 'tag'] } as const;
const names = {
  bridge: { pattern: /^[A-Za-z]\w{1,14}$/, what: 'a letter and then letters, digits or "_", at most 15, e.g. "vmbr1"' },
  vnet: { pattern: /^[A-Za-z][A-Za-z0-9]{1,7}$/, what: 'a letter and then letters or digits, at most 8' },
} as const;
/** Zones whose vnets are told apart by a number. */
const taggedZones: readonly string[] = ['vlan', 'qinq', 'vxlan', 'evpn'];

/** Throws `unsupported` for fields of the other type. */
export function refuseWrongFields(input: Input): void {
  const other = input.type === 'vnet' ? 'bridge' : 'vnet';
  const wrong = fieldsOf[other].find(field => input[field] !== undefined);
  if (wrong === undefined) return;
  throw new Fault('unsupported', `A ${input.type} has no ${wrong}.`, {
    remedy: `Leave "${wrong}" out, or set type to "${other}".`,
    data: { field: wrong },
  });
}

export function requireName({ type, name }: Input): void {
  const { pattern, what } = names[type];
  if (pattern.test(name)) return;
  throw new Fault('invalid', `A ${type} can not be named "${name}".`, {
    remedy: `Its name must be ${what}.`,
    data: { field: 'name' },
  });
}

/** The node that is named, or the only one. */
export async function chooseNode(session: ProxmoxSession, { node }: Input, signal: AbortSignal): Promise<string> {
  const online = await listOnlineNodes(session, signal);
  const [first, ...others] = online;
  if (node === undefined && first !== undefined && others.length === 0) return first;
  if (node !== undefined && online.includes(node)) return node;
  const code = node === undefined ? 'ambiguous' : 'not_found';
  const message =
    node === undefined ? 'A bridge is made at one node, and there are several.' : `No node "${node}" is online.`;
  throw new Fault(code, message, {
    remedy: `Set "node" to one of: ${online.join(', ')}.`,
    data: { field: 'node', candidates: online },
  });
}

/** Name of the zone, which has to be there; and the tag, where the zone wants one. */
export function requireZone({ zones }: Sdn, { zone, tag }: Input): string {
  const candidates = zones.map(one => one.zone);
  const found = zones.find(one => one.zone === zone);
  if (found === undefined) {
    const code = zone === undefined ? 'invalid' : 'not_found';
    throw new Fault(code, zone === undefined ? 'A vnet is in a zone.' : `There is no zone "${zone}".`, {
      remedy: candidates.length === 0 ? 'Make a zone first.' : `Set "zone" to one of: ${candidates.join(', ')}.`,
      data: { field: 'zone', candidates },
    });
  }
  const needsTag = taggedZones.includes(found.type);
  if (needsTag === (tag !== undefined)) return found.zone;
  throw new Fault('invalid', `A vnet in a zone of the type "${found.type}" has ${needsTag ? 'a' : 'no'} tag.`, {
    remedy: needsTag ? 'Set "tag".' : 'Leave "tag" out.',
    data: { field: 'tag' },
  });
}

export const parameters = {
  bridge: (node: string, { name, ports, address, vlanAware, comment }: Input): Parameters => ({
    node,
    iface: name,
    type: 'bridge',
    autostart: true,
    ...(ports === undefined ? {} : { bridge_ports: ports.join(' ') }),
    ...(address === undefined ? {} : { [address.includes(':') ? 'cidr6' : 'cidr']: address }),
    ...(vlanAware ? { bridge_vlan_aware: true } : {}),
    ...(comment === undefined ? {} : { comments: comment }),
  }),
  vnet: (zone: string, { name, tag, vlanAware, comment }: Input): Parameters => ({
    vnet: name,
    zone,
    ...(tag === undefined ? {} : { tag }),
    ...(vlanAware ? { vlanaware: true } : {}),
    ...(comment === undefined ? {} : { alias: comment }),
  }),
};
