import { ApiError } from '../schema/api-error.ts';
import type { HandlerCall, Handlers } from '../state/handler.ts';
import { sectionHandlers } from './sections.ts';

/** What is new or changed until it is applied; told only to who asks for what is pending. */
const state = 'state';

function presentPending({ params, method }: HandlerCall, entry: Record<string, unknown>) {
  if (!params.flag('pending')) return { [state]: undefined };
  const { type: _, state: marked, ...rest } = entry;
  // In 8.4 the schema calls it a boolean.
  const asFlag = method.returns.items?.properties?.pending?.type === 'boolean';
  return marked === undefined ? {} : { pending: asFlag ? 1 : rest };
}

const marks = (entries: Iterable<Record<string, unknown>>) => {
  for (const entry of entries) delete entry[state];
};

/** `10.0.0.0/24` in zone lab is named lab-10.0.0.0-24. */
function subnetId(call: HandlerCall, text: string): string {
  const vnet = call.cluster.section('sdn-vnets').get(call.params.text('vnet'));
  if (vnet === undefined) throw new ApiError(500, `sdn vnet '${call.params.text('vnet')}' does not exist`);
  return text.includes('/') ? `${String(vnet.zone)}-${text.replace('/', '-')}` : text;
}

const subnets = '/cluster/sdn/vnets/{vnet}/subnets';

export const sdnHandlers: Handlers = {
  ...sectionHandlers({
    kind: 'sdn-zones',
    at: '/cluster/sdn/zones',
    key: 'zone',
    word: 'sdn zone',
    existing: id => new ApiError(500, `create sdn zone object failed: sdn zone object ID '${id}' already defined`),
    missing: id => new ApiError(500, `sdn '${id}' does not exist`),
    check: ({ params }) => {
      const ipam = params.maybeText('ipam');
      if (ipam === undefined || ipam === 'pve') return;
      throw new ApiError(
        500,
        `create sdn zone object failed: 400 Parameter verification failed.\nipam: ${ipam} not existing`,
      );
    },
    more: () => ({ [state]: 'new', ipam: 'pve' }),
    present: presentPending,
  }),
  ...sectionHandlers({
    kind: 'sdn-vnets',
    at: '/cluster/sdn/vnets',
    key: 'vnet',
    word: 'sdn vnet',
    existing: id => new ApiError(500, `create sdn vnet object failed: sdn vnet object ID '${id}' already defined`),
    missing: id => new ApiError(500, `sdn '${id}' does not exist`),
    check: ({ cluster, params }) => {
      if (!cluster.section('sdn-zones').has(params.text('zone'))) {
        throw new ApiError(500, `create sdn vnet object failed: zone ${params.text('zone')} don't exist`);
      }
    },
    more: () => ({ [state]: 'new', type: 'vnet' }),
    present: presentPending,
  }),
  [`GET ${subnets}`]: call =>
    [...call.cluster.section('sdn-subnets').values()]
      .filter(({ vnet }) => vnet === call.params.text('vnet'))
      .map(entry => ({ ...entry, ...presentPending(call, entry) })),
  [`POST ${subnets}`]: call => {
    const { cluster, params } = call;
    const subnet = subnetId(call, params.text('subnet'));
    if (cluster.section('sdn-subnets').has(subnet))
      throw new ApiError(500, `create sdn subnet object failed: sdn subnet object ID '${subnet}' already defined`);
    cluster
      .section('sdn-subnets')
      .set(subnet, { ...params.values, subnet, cidr: params.text('subnet'), [state]: 'new' });
  },
  [`DELETE ${subnets}/{subnet}`]: call => {
    const subnet = subnetId(call, call.params.text('subnet'));
    if (!call.cluster.section('sdn-subnets').delete(subnet))
      throw new ApiError(500, `sdn subnet '${subnet}' does not exist`);
  },
  'PUT /cluster/sdn': ({ cluster, account, localNode }) =>
    cluster.startTask({
      node: localNode,
      type: 'reloadnetworkall',
      account,
      run: () => {
        for (const kind of ['sdn-zones', 'sdn-vnets', 'sdn-subnets']) marks(cluster.section(kind).values());
        for (const { network } of cluster.nodes.values()) {
          for (const vnet of cluster.section('sdn-vnets').keys()) {
            network.set(vnet, { iface: vnet, type: 'vnet', method: 'manual', method6: 'manual', active: '1' });
          }
        }
      },
    }),
  'GET /nodes/{node}/sdn/zones': ({ cluster }) => [
    { zone: 'localnetwork', status: 'available' },
    ...[...cluster.section('sdn-zones').values()].map(entry => ({
      zone: entry.zone,
      status: entry[state] === undefined ? 'available' : 'pending',
    })),
  ],
};
