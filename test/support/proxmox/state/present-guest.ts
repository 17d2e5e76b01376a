import type { Cluster } from './cluster.ts';
import { coresOf, diskSizeOf, type Guest, isTemplate, memoryOf, nameOf, uptimeOf } from './guests.ts';

/** What lists and the current status tell of a guest alike. */
export function presentGuest(cluster: Cluster, guest: Guest) {
  const { vmid, running, lock, config } = guest;
  const busy = running ? 1 : 0;
  return {
    vmid,
    name: nameOf(guest),
    status: running ? 'running' : 'stopped',
    cpu: busy * 0.03,
    cpus: coresOf(guest),
    mem: busy * Math.floor(memoryOf(guest) / 3),
    maxmem: memoryOf(guest),
    maxdisk: diskSizeOf(guest),
    diskread: busy * 1_048_576,
    diskwrite: busy * 524_288,
    netin: busy * 20_480,
    netout: busy * 10_240,
    uptime: uptimeOf(guest),
    ...(isTemplate(guest) ? { template: 1 } : {}),
    ...(lock === undefined ? {} : { lock }),
    ...(config.tags === undefined ? {} : { tags: config.tags }),
    ...(guest.type === 'lxc' ? lxcPart(guest) : qemuPart(cluster, guest)),
  };
}

function lxcPart(guest: Guest) {
  return { disk: guest.running ? 734_003_200 : 0, maxswap: Number(guest.config.swap ?? 512) * 2 ** 20, type: 'lxc' };
}

function qemuPart(cluster: Cluster, guest: Guest) {
  const memory = cluster.schema.version === '8.4' ? {} : { memhost: guest.running ? memoryOf(guest) + 2 ** 26 : 0 };
  return { disk: 0, ...memory, ...(guest.running ? { pid: 20_000 + guest.vmid } : {}) };
}

export function currentStatus(cluster: Cluster, guest: Guest) {
  const ha = cluster.section('ha-resources').get(`${guest.type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`);
  const common = {
    ...presentGuest(cluster, guest),
    ha: ha === undefined ? { managed: 0 } : { managed: 1, state: ha.state },
  };
  if (guest.type === 'lxc') return common;
  return {
    ...common,
    qmpstatus: guest.running ? guest.qmpstatus : 'stopped',
    ...(guest.config.agent?.startsWith('1') || guest.config.agent?.includes('enabled=1') ? { agent: 1 } : {}),
    ...(guest.running ? { 'running-machine': 'pc-i440fx-9.2+pve1', 'running-qemu': '9.2.0' } : {}),
  };
}
