import { ApiError } from '../schema/api-error.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { turnOff, turnOn } from './power.ts';
import { sectionHandlers } from './sections.ts';

const digest = '0123456789abcdef0123456789abcdef01234567';

/** `100` stands for `vm:100` or `ct:100`, whichever it is. */
function sidOf(text: string, { cluster }: Pick<HandlerCall, 'cluster'>): string {
  if (!/^\d+$/.test(text)) return text;
  const guest = cluster.guests.get(Number(text));
  if (guest === undefined) throw new ApiError(500, `unable to detect SID from VMID - VM/CT ${text} does not exist`);
  return `${guest.type === 'qemu' ? 'vm' : 'ct'}:${text}`;
}

const migrated = 'ha groups have been migrated to rules';

function guestOfSid(call: HandlerCall, sid: string) {
  const guest = call.cluster.guests.get(Number(sid.split(':')[1]));
  const type = sid.startsWith('ct:') ? 'lxc' : 'qemu';
  if (guest === undefined || guest.type !== type) {
    throw new ApiError(500, `cannot add service '${sid}': ${type === 'qemu' ? 'VM' : 'CT'} does not exist in cluster`);
  }
  return guest;
}

/** The manager does what the entries ask for. */
function obey(call: HandlerCall): void {
  for (const [sid, entry] of call.cluster.section('ha-resources')) {
    const guest = call.cluster.guests.get(Number(sid.split(':')[1]));
    if (guest === undefined) continue;
    if (entry.state === 'started' && !guest.running) turnOn(guest);
    if (entry.state === 'stopped' && guest.running) turnOff(guest);
  }
}

function refuseGroup({ cluster, params }: HandlerCall): void {
  if (cluster.schema.version === '8.4' || !params.has('group')) return;
  throw new ApiError(500, `invalid parameter 'group': ${migrated}`);
}

const resources = sectionHandlers({
  kind: 'ha-resources',
  at: '/cluster/ha/resources',
  key: 'sid',
  word: 'resource',
  normalise: sidOf,
  check: (call, sid) => {
    refuseGroup(call);
    guestOfSid(call, sid);
  },
  existing: sid => new ApiError(500, `create resource failed: resource ID '${sid}' already defined`),
  missing: (sid, call) => {
    refuseGroup(call);
    const isDelete = call.method.verb === 'DELETE';
    return new ApiError(
      500,
      isDelete ? `cannot delete service '${sid}', not HA managed!` : `no such resource '${sid}'`,
    );
  },
  more: ({ params }, sid) => ({ type: sid.split(':')[0], ...(params.has('state') ? {} : { state: 'started' }) }),
  present: () => ({ digest }),
  afterChange: obey,
});

const move =
  (type: string): Handler =>
  call => {
    const { cluster, params, account, method } = call;
    const sid = sidOf(params.text('sid'), call);
    if (!cluster.section('ha-resources').has(sid)) throw new ApiError(500, `resource '${sid}' is not HA managed`);
    const guest = guestOfSid(call, sid);
    const target = params.text('node');
    if (!cluster.nodes.has(target)) throw new ApiError(500, `no such cluster node '${target}'`);
    cluster.startTask({
      node: guest.node,
      type,
      id: String(guest.vmid),
      account,
      run: () => {
        guest.node = target;
      },
    });
    return method.returns.type === 'null' ? undefined : { sid, 'requested-node': target };
  };

const current: Handler = ({ cluster, localNode }) => {
  const now = Math.floor(Date.now() / 1000);
  const nodes = [...cluster.nodes.values()];
  const services = [...cluster.section('ha-resources')].map(([sid, entry]) => {
    const guest = cluster.guests.get(Number(sid.split(':')[1]));
    const node = guest?.node ?? localNode;
    const state = String(entry.state ?? 'started');
    return {
      type: 'service',
      id: `service:${sid}`,
      sid,
      node,
      state,
      crm_state: state,
      request_state: state,
      status: `${sid} (${node}, ${state})`,
    };
  });
  return [
    { type: 'quorum', id: 'quorum', node: localNode, status: 'OK', quorate: 1 },
    { type: 'master', id: 'master', node: localNode, status: `${localNode} (active)`, timestamp: now },
    ...nodes.map(({ name, online }) => ({
      type: 'lrm',
      id: `lrm:${name}`,
      node: name,
      status: `${name} (${online ? (services.length > 0 ? 'active' : 'idle') : 'old timestamp - dead?'})`,
      timestamp: now,
    })),
    ...services,
  ];
};

/** PVE 9 has taken groups into rules. */
const onlyOld = (handlers: Handlers): Handlers =>
  Object.fromEntries(
    Object.entries(handlers).map(([key, handler]) => [
      key,
      (call: HandlerCall) => {
        if (call.cluster.schema.version === '8.4') return handler(call);
        const verb = { GET: 'read', POST: 'create', PUT: 'update', DELETE: 'delete' }[call.method.verb];
        const refused = key === 'GET /cluster/ha/groups' ? 'cannot index groups' : `cannot ${verb} group`;
        throw new ApiError(500, `${refused}: ${migrated}`);
      },
    ]),
  );

/** A rule is for what is managed, and for nodes that there are. */
function checkRule({ cluster, params }: HandlerCall): void {
  const strangers = params.words('resources').filter(sid => !cluster.section('ha-resources').has(sid));
  if (strangers.length > 0)
    throw new ApiError(500, `create ha rule failed: cannot use unmanaged resource(s) ${strangers.join(', ')}.`);
  const nodes = params.words('nodes').filter(node => !cluster.nodes.has(node.split(':')[0] ?? ''));
  if (nodes.length > 0)
    throw new ApiError(500, `create ha rule failed: cannot use non-existent node(s) ${nodes.join(', ')}.`);
}

export const haHandlers: Handlers = {
  ...resources,
  'POST /cluster/ha/resources/{sid}/migrate': move('hamigrate'),
  'POST /cluster/ha/resources/{sid}/relocate': move('harelocate'),
  ...onlyOld(
    sectionHandlers({
      kind: 'ha-groups',
      at: '/cluster/ha/groups',
      key: 'group',
      word: 'ha group',
      present: () => ({ digest, type: 'group' }),
      existing: id => new ApiError(500, `create HA group failed: ha group ID '${id}' already defined`),
      missing: id => new ApiError(500, `no such ha group '${id}'`),
    }),
  ),
  ...sectionHandlers({
    kind: 'ha-rules',
    at: '/cluster/ha/rules',
    key: 'rule',
    word: 'HA rule',
    present: () => ({ digest }),
    check: checkRule,
    existing: id => new ApiError(500, `create ha rule failed: HA rule '${id}' already defined`),
    missing: (id, { method }) =>
      new ApiError(
        500,
        method.verb === 'PUT' ? `update ha rule failed: HA rule '${id}' does not exist` : `no such ha rule '${id}'`,
      ),
  }),
  'GET /cluster/ha/status/current': current,
  'GET /cluster/ha/status/manager_status': ({ cluster, localNode }) => ({
    manager_status: {
      master_node: localNode,
      node_status: Object.fromEntries([...cluster.nodes.keys()].map(name => [name, 'online'])),
    },
    quorum: { node: localNode, quorate: 1 },
  }),
};
