import { AccessStore } from '../access/access-store.ts';
import { Permissions } from '../access/permissions.ts';
import { type TicketOptions, Tickets } from '../access/tickets.ts';
import { ApiError } from '../schema/api-error.ts';
import type { ApiSchema } from '../schema/types.ts';
import type { Certificate } from '../tls/authority.ts';
import { nodeCertificate } from '../tls/shared-authority.ts';
import { disksOf, type Guest, type GuestType, newGuest } from './guests.ts';
import { defaultSeed, type Seed } from './seed.ts';
import { isOn, newStorage, type Storage, volumesOf } from './storages.ts';
import { type TaskStart, TaskStore } from './tasks.ts';
import { takeVolume } from './volumes.ts';

export interface ClusterNode {
  readonly name: string;
  online: boolean;
  readonly address: string;
  /** Interfaces as they are, and as they will be after the next reload. */
  network: Map<string, Record<string, string>>;
  changes: Map<string, Record<string, string>> | undefined;
}

export interface ClusterOptions extends TicketOptions {
  readonly seed: Seed;
  readonly taskMilliseconds: number;
}

/** Entries of a list of settings, e.g. backup jobs, by their id. */
export type Section = Map<string, Record<string, unknown>>;

/** What one cluster knows. Tests may look into it and change it. */
export class Cluster {
  readonly name = 'lab';
  readonly schema: ApiSchema;
  readonly nodes: Map<string, ClusterNode>;
  readonly guests = new Map<number, Guest>();
  readonly storages = new Map<string, Storage>();
  readonly pools = new Map<string, { comment?: string; storages: Set<string> }>();
  readonly access: AccessStore;
  readonly permissions: Permissions;
  readonly tickets: Tickets;
  readonly tasks: TaskStore;
  /** Settings that are kept and given back: backup jobs, HA, replication, SDN …, by kind. */
  readonly sections = new Map<string, Section>();
  readonly options: Record<string, string> = { keyboard: 'de' };
  /** What each node shows. */
  readonly certificates = new Map<string, Certificate>();
  /** Without a quorum nothing can be changed. */
  quorate = true;
  /** What download-url finds, by URL. */
  readonly web = new Map<string, Buffer>();
  /** Counts up what needs a name. */
  count = 0;

  constructor(schema: ApiSchema, options: ClusterOptions) {
    this.schema = schema;
    const seed = { ...defaultSeed, ...options.seed };
    this.nodes = new Map(seed.nodes.map(({ name, online = true }, index) => [name, newNode(name, online, index)]));
    for (const name of this.nodes.keys()) this.certificates.set(name, nodeCertificate(name));
    const first = seed.nodes[0]?.name ?? 'pve1';
    for (const storage of seed.storages) this.storages.set(storage.storage, newStorage(storage, first));
    for (const { poolid, comment } of seed.pools) {
      this.pools.set(poolid, { ...(comment === undefined ? {} : { comment }), storages: new Set() });
    }
    for (const guest of seed.guests) this.addGuest(newGuest(guest, first));
    this.access = new AccessStore(schema.version);
    this.permissions = new Permissions(this.access, schema.version, vmid => this.guests.get(Number(vmid))?.pool);
    this.tickets = new Tickets(this.access, options);
    this.tasks = new TaskStore(options.taskMilliseconds);
  }

  /** Takes a guest in, with volumes for the disks that its configuration names. */
  addGuest(guest: Guest): void {
    this.guests.set(guest.vmid, guest);
    for (const { volid, size, isCdrom } of disksOf(guest.config)) {
      const storage = this.storages.get(volid.split(':')[0] ?? '');
      if (storage === undefined || isCdrom) continue;
      const volumes = volumesOf(storage, guest.node);
      if (volumes.has(volid)) continue;
      const format = /\.(qcow2|vmdk|raw)$/.exec(volid)?.[1] ?? 'raw';
      const content = guest.type === 'lxc' ? 'rootdir' : 'images';
      volumes.set(volid, { volid, content, format, size, ctime: Math.floor(Date.now() / 1000), vmid: guest.vmid });
    }
  }

  section(kind: string): Section {
    const found = this.sections.get(kind) ?? new Map<string, Record<string, unknown>>();
    this.sections.set(kind, found);
    return found;
  }

  certificateOf(node: string): Certificate {
    return this.certificates.get(node) ?? nodeCertificate(node);
  }

  requireGuest(node: string, type: GuestType, vmid: number): Guest {
    const guest = this.guests.get(vmid);
    if (guest !== undefined && guest.type === type && guest.node === node) return guest;
    const folder = type === 'qemu' ? 'qemu-server' : 'lxc';
    throw new ApiError(500, `Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`);
  }

  requireStorage(name: string, node?: string): Storage {
    const storage = this.storages.get(name);
    if (storage === undefined) throw new ApiError(500, `storage '${name}' does not exist`);
    if (storage.disabled) throw new ApiError(500, `storage '${name}' is disabled`);
    if (node !== undefined && !isOn(storage, node)) {
      throw new ApiError(500, `storage '${name}' is not available on node '${node}'`);
    }
    return storage;
  }

  /** A disk as it is sent, e.g. `local-lvm:32`, becomes the volume that is made for it. */
  takeVolume(guest: Guest, key: string, value: string): string {
    return takeVolume(this, guest, key, value);
  }

  startTask(start: TaskStart): string {
    return this.tasks.start(start);
  }
}

function newNode(name: string, online: boolean, index: number): ClusterNode {
  const address = `192.0.2.${index + 11}`;
  return {
    name,
    online,
    address,
    changes: undefined,
    network: new Map([
      ['nic0', { iface: 'nic0', type: 'eth', method: 'manual', method6: 'manual', exists: '1', active: '1' }],
      [
        'vmbr0',
        {
          iface: 'vmbr0',
          type: 'bridge',
          method: 'static',
          method6: 'manual',
          active: '1',
          autostart: '1',
          address,
          netmask: '24',
          cidr: `${address}/24`,
          gateway: '192.0.2.1',
          bridge_ports: 'nic0',
          bridge_stp: 'off',
          bridge_fd: '0',
        },
      ],
    ]),
  };
}
