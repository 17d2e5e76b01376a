import { ApiError } from '../schema/api-error.ts';
import type { Handler, Handlers } from '../state/handler.ts';
import { newStorage, type Storage } from '../state/storages.ts';

function present(storage: Storage) {
  const { storage: name, type, content, shared, nodes, disabled, settings } = storage;
  return {
    storage: name,
    type,
    content: content.join(','),
    ...(shared ? { shared: 1 } : {}),
    ...(nodes === undefined ? {} : { nodes: nodes.join(',') }),
    ...(disabled ? { disable: 1 } : {}),
    ...settings,
    digest: '0123456789abcdef0123456789abcdef01234567',
  };
}

const create: Handler = ({ cluster, params }) => {
  const { storage, type, content, shared, nodes, disable, ...rest } = params.values;
  const name = String(storage);
  if (cluster.storages.has(name))
    throw new ApiError(500, `create storage failed: storage ID '${name}' already defined`);
  const settings = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)]));
  const isShared = shared === true || ['nfs', 'cifs', 'pbs', 'cephfs', 'rbd', 'iscsi'].includes(String(type));
  const made = newStorage(
    {
      storage: name,
      type: String(type),
      content: content === undefined ? ['images'] : params.words('content'),
      shared: isShared,
      disabled: disable === true,
      settings,
      ...(nodes === undefined ? {} : { nodes: params.words('nodes') }),
    },
    [...cluster.nodes.keys()][0] ?? '',
  );
  cluster.storages.set(name, made);
  return { storage: name, type: String(type) };
};

const update: Handler = ({ cluster, params }) => {
  const storage = cluster.storages.get(params.text('storage'));
  if (storage === undefined)
    throw new ApiError(500, `update storage failed: storage '${params.text('storage')}' does not exist`);
  for (const key of params.words('delete')) {
    if (key === 'nodes') delete storage.nodes;
    else if (key === 'disable') storage.disabled = false;
    else delete storage.settings[key];
  }
  for (const [key, value] of Object.entries(params.values)) {
    if (key === 'content') storage.content = params.words('content');
    else if (key === 'nodes') storage.nodes = params.words('nodes');
    else if (key === 'disable') storage.disabled = params.flag('disable');
    else if (!['storage', 'delete', 'digest'].includes(key)) storage.settings[key] = String(value);
  }
  return { storage: storage.storage, type: storage.type };
};

export const storageConfigHandlers: Handlers = {
  'GET /storage': ({ cluster, params, account }) =>
    [...cluster.storages.values()]
      .filter(({ type }) => !params.has('type') || type === params.text('type'))
      .filter(({ storage }) =>
        cluster.permissions.hasAny(account, `/storage/${storage}`, ['Datastore.Audit', 'Datastore.AllocateSpace']),
      )
      .map(present),
  'POST /storage': create,
  'GET /storage/{storage}': ({ cluster, params }) => {
    const storage = cluster.storages.get(params.text('storage'));
    if (storage === undefined) throw new ApiError(500, `storage '${params.text('storage')}' does not exist`);
    return present(storage);
  },
  'PUT /storage/{storage}': update,
  'DELETE /storage/{storage}': ({ cluster, params }) => {
    if (!cluster.storages.delete(params.text('storage'))) {
      throw new ApiError(500, `delete storage failed: storage '${params.text('storage')}' does not exist`);
    }
  },
};
