import { ApiError } from '../schema/api-error.ts';
import { nameOf } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';

function requirePool({ cluster, params }: HandlerCall) {
  const name = params.text('poolid');
  const pool = cluster.pools.get(name);
  if (pool === undefined) throw new ApiError(500, `pool '${name}' does not exist`);
  return { name, pool };
}

function membersOf({ cluster, params }: HandlerCall, name: string) {
  const wanted = params.maybeText('type');
  const guests = [...cluster.guests.values()]
    .filter(({ pool }) => pool === name)
    .map(guest => ({
      id: `${guest.type}/${guest.vmid}`,
      type: guest.type as string,
      vmid: guest.vmid,
      node: guest.node,
      name: nameOf(guest),
      status: guest.running ? 'running' : 'stopped',
    }));
  const [node = ''] = cluster.nodes.keys();
  const storages = [...(cluster.pools.get(name)?.storages ?? [])].map(storage => ({
    id: `storage/${node}/${storage}`,
    type: 'storage',
    node,
    storage,
  }));
  return [...guests, ...storages].filter(({ type }) => wanted === undefined || type === wanted);
}

const update: Handler = call => {
  const { cluster, params } = call;
  const { name, pool } = requirePool(call);
  if (params.has('comment')) pool.comment = params.text('comment');
  const remove = params.flag('delete');
  for (const id of params.words('vms').map(Number)) {
    const guest = cluster.guests.get(id);
    if (guest === undefined) throw new ApiError(500, `update pools failed: VM ${id} does not exist`);
    if (remove) {
      if (guest.pool !== name) throw new ApiError(500, `update pools failed: VM ${id} is not a pool member`);
      delete guest.pool;
    } else {
      if (guest.pool === name) throw new ApiError(500, `update pools failed: VM ${id} is already a pool member`);
      if (guest.pool !== undefined && !params.flag('allow-move')) {
        throw new ApiError(
          500,
          `update pools failed: VM ${id} belongs already to pool '${guest.pool}' and 'allow-move' is not set`,
        );
      }
      guest.pool = name;
    }
  }
  for (const storage of params.words('storage')) {
    if (remove) pool.storages.delete(storage);
    else pool.storages.add(storage);
  }
};

const remove: Handler = call => {
  const { name, pool } = requirePool(call);
  const guest = [...call.cluster.guests.values()].find(found => found.pool === name);
  const [storage] = pool.storages;
  const inside =
    guest === undefined ? (storage === undefined ? undefined : `storage '${storage}'`) : `VM ${guest.vmid}`;
  if (inside !== undefined)
    throw new ApiError(500, `delete pool failed: pool '${name}' is not empty (contains ${inside})`);
  call.cluster.pools.delete(name);
};

export const poolHandlers: Handlers = {
  'GET /pools': call => {
    const { cluster, params, account } = call;
    const wanted = params.maybeText('poolid');
    return [...cluster.pools]
      .filter(([name]) => wanted === undefined || wanted === name)
      .filter(([name]) => cluster.permissions.has(account, `/pool/${name}`, 'Pool.Audit'))
      .map(([poolid, { comment }]) => ({
        poolid,
        comment,
        ...(wanted === undefined ? {} : { members: membersOf(call, poolid) }),
      }));
  },
  'POST /pools': ({ cluster, params }) => {
    const name = params.text('poolid');
    if (cluster.pools.has(name)) throw new ApiError(500, `create pool failed: pool '${name}' already exists`);
    const comment = params.maybeText('comment');
    cluster.pools.set(name, { ...(comment === undefined ? {} : { comment }), storages: new Set() });
  },
  'GET /pools/{poolid}': call => {
    const { name, pool } = requirePool(call);
    return { comment: pool.comment, members: membersOf(call, name) };
  },
  'PUT /pools': update,
  'PUT /pools/{poolid}': update,
  'DELETE /pools': remove,
  'DELETE /pools/{poolid}': remove,
};
