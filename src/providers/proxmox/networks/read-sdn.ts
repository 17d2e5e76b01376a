import { z } from 'zod';
import type { Network } from '../../../model/network.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';

const state = z.enum(['new', 'changed', 'deleted']).optional().catch(undefined);
const fields = z.object({
  vnet: z.string().optional(),
  zone: z.string().optional(),
  type: z.string().optional(),
  tag: z.number().optional(),
  vlanaware: z.boolean().optional(),
  alias: z.string().optional(),
  exitnodes: z.string().optional(),
});
/** What waits stands in "pending"; some releases only say that something does. */
const rawRow = z.object({
  ...fields.shape,
  state,
  pending: z.union([fields, z.boolean()]).optional().catch(undefined),
});

export interface Zone {
  readonly zone: string;
  readonly type: string;
  readonly hasExits: boolean;
  readonly pending: Network['pending'];
}

export interface Vnet {
  readonly vnet: string;
  readonly zone: string | undefined;
  readonly tag: number | undefined;
  readonly vlanAware: boolean | undefined;
  readonly alias: string | undefined;
  readonly pending: Network['pending'];
}

/** The software-defined networks of a cluster, as they will be once everything is applied. */
export interface Sdn {
  readonly zones: readonly Zone[];
  readonly vnets: readonly Vnet[];
}

const vnetsRequest: ProxmoxRequest = { method: 'GET', path: '/cluster/sdn/vnets', params: { pending: true } };
const zonesRequest: ProxmoxRequest = { method: 'GET', path: '/cluster/sdn/zones', params: { pending: true } };
const controllersRequest: ProxmoxRequest = {
  method: 'GET',
  path: '/cluster/sdn/controllers',
  params: { pending: true },
};

/** [{"vnet":"lab1","zone":"lab","type":"vnet","state":"new","pending":{"zone":"lab","tag":7}},…] */
export async function readSdn(session: ProxmoxSession, signal: AbortSignal): Promise<Sdn> {
  const [vnets, zones] = await Promise.all([
    readRows(session, vnetsRequest, 'the networks of the cluster', signal),
    readRows(session, zonesRequest, 'the zones of the cluster', signal),
  ]);
  return {
    vnets: vnets.flatMap(({ vnet, zone, tag, vlanaware, alias, pending }) =>
      vnet === undefined ? [] : [{ vnet, zone, tag, vlanAware: vlanaware, alias, pending }],
    ),
    zones: zones.flatMap(({ zone, type = 'simple', exitnodes = '', pending }) =>
      zone === undefined ? [] : [{ zone, type, hasExits: exitnodes !== '', pending }],
    ),
  };
}

/** Names of what waits to be applied, e.g. `vnet lab1 (new)`. */
export async function listWaiting(session: ProxmoxSession, signal: AbortSignal): Promise<string[]> {
  const { vnets, zones } = await readSdn(session, signal);
  const reply = await session.client.send(controllersRequest, { signal });
  const rawController = z.object({ controller: z.string(), state });
  const controllers = parseReply(z.array(rawController), reply, 'the controllers of the cluster');
  return [
    ...zones.map(({ zone, pending }) => ({ what: `zone ${zone}`, pending })),
    ...vnets.map(({ vnet, pending }) => ({ what: `vnet ${vnet}`, pending })),
    ...controllers.map(({ controller, state: pending }) => ({ what: `controller ${controller}`, pending })),
  ].flatMap(({ what, pending }) => (pending === undefined ? [] : [`${what} (${pending})`]));
}

async function readRows({ client }: ProxmoxSession, request: ProxmoxRequest, what: string, signal: AbortSignal) {
  const rows = parseReply(z.array(rawRow), await client.send(request, { signal }), what);
  return rows.map(({ state: pending, pending: waiting, ...row }) => ({
    ...row,
    ...(typeof waiting === 'object' ? waiting : {}),
    pending,
  }));
}

export function vnetsOf(host: string, { vnets, zones }: Sdn): Network[] {
  return vnets.map(vnet => presentVnet(host, vnet, zones));
}

export function presentVnet(host: string, found: Vnet, zones: readonly Zone[]): Network {
  const { vnet, zone, tag, vlanAware, alias, pending } = found;
  return {
    id: `proxmox:${host}/sdn/${vnet}`,
    provider: 'proxmox',
    host,
    name: vnet,
    kind: kindOf(zones.find(one => one.zone === zone)),
    machines: [],
    type: 'vnet',
    ...(zone === undefined ? {} : { zone }),
    ...(tag === undefined ? {} : { tag }),
    ...(vlanAware === undefined ? {} : { vlanAware }),
    ...(alias === undefined ? {} : { comment: alias }),
    ...(pending === undefined ? {} : { pending }),
  };
}

/** VLANs are those of the network around; a simple zone leads to its node; the others are between the nodes only, but for exits. */
function kindOf(zone: Zone | undefined): Network['kind'] {
  if (zone?.type === 'vlan' || zone?.type === 'qinq' || zone?.hasExits === true) return 'external';
  return zone?.type === 'simple' ? 'internal' : 'private';
}
