import { ApiError, parameterError } from '../schema/api-error.ts';
import type { Cluster, ClusterNode } from '../state/cluster.ts';
import { coresOf, diskSizeOf, isTemplate, memoryOf, nameOf, uptimeOf } from '../state/guests.ts';
import type { HandlerCall, Handlers } from '../state/handler.ts';
import { presentGuest } from '../state/present-guest.ts';
import { isOn, type Storage, usedOf } from '../state/storages.ts';

const nodeMemory = 64 * 2 ** 30;

export const clusterHandlers: Handlers = {
  'GET /version': ({ cluster }) => version(cluster),
  'GET /nodes/{node}/version': ({ cluster }) => version(cluster),
  'GET /nodes': ({ cluster }) => [...cluster.nodes.values()].map(presentNode),
  'GET /nodes/{node}/status': ({ cluster, params }) => nodeStatus(cluster, params.text('node')),
  'GET /cluster/status': ({ cluster, localNode }) => clusterStatus(cluster, localNode),
  'GET /cluster/resources': call => resources(call),
  'GET /cluster/nextid': ({ cluster, params }) => {
    const wanted = params.maybeNumber('vmid');
    if (wanted !== undefined) {
      if (cluster.guests.has(wanted)) throw parameterError({ vmid: `VM ${wanted} already exists` });
      return String(wanted);
    }
    let free = 100;
    while (cluster.guests.has(free)) free++;
    return String(free);
  },
  'GET /cluster/options': ({ cluster }) => cluster.options,
  'PUT /cluster/options': ({ cluster, params }) => {
    for (const name of params.words('delete')) delete cluster.options[name];
    for (const [name, value] of Object.entries(params.values))
      if (name !== 'delete') cluster.options[name] = String(value);
  },
};

function version({ schema }: Cluster) {
  const release = schema.release.split('.').slice(0, 2).join('.');
  return { version: schema.release, release, repoid: '43df2e01f27a1a19' };
}

function presentNode({ name, online }: ClusterNode) {
  const more = online ? { cpu: 0.05, maxcpu: 16, mem: nodeMemory / 4, maxmem: nodeMemory, uptime: 864_000 } : {};
  return { node: name, id: `node/${name}`, type: 'node', status: online ? 'online' : 'offline', level: '', ...more };
}

function nodeStatus(cluster: Cluster, name: string) {
  const free = nodeMemory - nodeMemory / 4;
  return {
    uptime: 864_000,
    cpu: 0.05,
    loadavg: ['0.10', '0.20', '0.15'],
    'boot-info': { mode: 'efi', secureboot: 0 },
    cpuinfo: {
      cores: 8,
      cpus: 16,
      sockets: 1,
      model: 'Sample CPU @ 3.00GHz',
      mhz: '3000.000',
      hvm: '1',
      flags: 'vmx sse',
    },
    'current-kernel': {
      sysname: 'Linux',
      release: '6.17.2-1-pve',
      version: '#1 SMP PREEMPT_DYNAMIC PMX',
      machine: 'x86_64',
    },
    kversion: 'Linux 6.17.2-1-pve',
    memory: { total: nodeMemory, used: nodeMemory / 4, free, available: free },
    swap: { total: 8 * 2 ** 30, used: 0, free: 8 * 2 ** 30 },
    rootfs: { total: 100 * 2 ** 30, used: 12 * 2 ** 30, free: 88 * 2 ** 30, avail: 83 * 2 ** 30 },
    pveversion: `pve-manager/${cluster.schema.release}/43df2e01f27a1a19`,
    name,
  };
}

function clusterStatus({ nodes, name }: Cluster, localNode: string) {
  const list = [...nodes.values()];
  return [
    { type: 'cluster', id: 'cluster', name, nodes: list.length, quorate: 1, version: list.length },
    ...list.map((node, index) => ({
      type: 'node',
      id: `node/${node.name}`,
      name: node.name,
      nodeid: index + 1,
      ip: node.address,
      local: Number(node.name === localNode),
      online: Number(node.online),
      level: '',
    })),
  ];
}

/** Each sees what he may; of a machine that means VM.Audit. */
function resources({ cluster, params, account }: HandlerCall) {
  const { permissions } = cluster;
  const wanted = params.maybeText('type');
  const isWanted = (kind: string) => wanted === undefined || wanted === kind;
  const machines = [...cluster.guests.values()].filter(({ vmid }) =>
    permissions.has(account, `/vms/${vmid}`, 'VM.Audit'),
  );
  const pools = [...cluster.pools.keys()].filter(name =>
    permissions.hasAny(account, `/pool/${name}`, ['Pool.Audit', 'VM.Audit']),
  );
  const nodes = [...cluster.nodes.values()];
  const sees = ['Datastore.Audit', 'Datastore.AllocateSpace'];
  const storages = [...cluster.storages.values()].filter(({ storage }) =>
    permissions.hasAny(account, `/storage/${storage}`, sees),
  );
  return [
    ...(wanted === undefined ? pools.map(pool => ({ id: `/pool/${pool}`, type: 'pool', pool })) : []),
    ...(isWanted('vm') ? machines.map(guest => machineRow(cluster, guest)) : []),
    ...(isWanted('node')
      ? nodes.map(node => nodeRow(node, permissions.has(account, `/nodes/${node.name}`, 'Sys.Audit')))
      : []),
    ...(isWanted('storage')
      ? nodes.flatMap(node =>
          storages.filter(storage => isOn(storage, node.name)).map(storage => storageRow(storage, node)),
        )
      : []),
    ...(isWanted('sdn')
      ? nodes.map(({ name }) => ({
          id: `sdn/${name}/localnetwork`,
          type: 'sdn',
          sdn: 'localnetwork',
          node: name,
          status: 'ok',
        }))
      : []),
  ];
}

function machineRow(cluster: Cluster, guest: Parameters<typeof presentGuest>[1]) {
  const { vmid, type, node, lock, pool } = guest;
  const head = { id: `${type}/${vmid}`, type, vmid, node, name: nameOf(guest), template: Number(isTemplate(guest)) };
  const more = {
    ...(pool === undefined ? {} : { pool }),
    ...(guest.config.tags === undefined ? {} : { tags: guest.config.tags }),
  };
  const managed = cluster.section('ha-resources').get(`${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`);
  if (managed !== undefined) Object.assign(more, { hastate: managed.state });
  // A node that is down tells nothing of its machines.
  if (!cluster.nodes.get(node)?.online) return { ...head, ...more, status: 'unknown' };
  const { status, cpu, mem, disk, diskread, diskwrite, netin, netout } = presentGuest(cluster, guest);
  return {
    ...head,
    ...more,
    ...(lock === undefined ? {} : { lock }),
    status,
    cpu,
    mem,
    disk,
    diskread,
    diskwrite,
    netin,
    netout,
    uptime: uptimeOf(guest),
    maxcpu: coresOf(guest),
    maxmem: memoryOf(guest),
    maxdisk: diskSizeOf(guest),
  };
}

function nodeRow(node: ClusterNode, full: boolean) {
  const { name, online } = node;
  const head = { id: `node/${name}`, type: 'node', node: name, status: online ? 'online' : 'offline', level: '' };
  if (!online || !full) return head;
  return {
    ...head,
    cpu: 0.05,
    maxcpu: 16,
    mem: nodeMemory / 4,
    maxmem: nodeMemory,
    disk: 12 * 2 ** 30,
    maxdisk: 100 * 2 ** 30,
    uptime: 864_000,
    'cgroup-mode': 2,
  };
}

function storageRow(storage: Storage, { name, online }: ClusterNode) {
  const head = {
    id: `storage/${name}/${storage.storage}`,
    type: 'storage',
    node: name,
    storage: storage.storage,
    plugintype: storage.type,
    content: storage.content.join(','),
    shared: Number(storage.shared),
  };
  if (!online) return { ...head, status: 'unknown' };
  return { ...head, status: 'available', disk: usedOf(storage, name), maxdisk: storage.total };
}

/** Refuses a node that is not there. */
export function requireNodeNamed(cluster: Cluster, name: string): ClusterNode {
  const node = cluster.nodes.get(name);
  if (node === undefined) throw new ApiError(500, `no such cluster node '${name}'`);
  return node;
}
