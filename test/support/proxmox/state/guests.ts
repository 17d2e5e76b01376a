import { createHash } from 'node:crypto';
import { type AgentState, newAgent } from './agent.ts';

export type GuestType = 'qemu' | 'lxc';
export type Config = Record<string, string>;

export interface Snapshot {
  readonly name: string;
  parent?: string;
  description: string;
  readonly snaptime: number;
  /** With memory: going back to it leaves the machine running. */
  readonly vmstate: boolean;
  readonly config: Config;
}

/** A machine or a container. */
export interface Guest {
  readonly vmid: number;
  readonly type: GuestType;
  node: string;
  running: boolean;
  /** QEMU's own word while it runs: running, paused … */
  qmpstatus: string;
  lock?: string;
  startedAt: number;
  config: Config;
  /** Waits for the next start; null stands for a removal. */
  pending: Record<string, string | null>;
  snapshots: Snapshot[];
  /** The snapshot that the present state came from. */
  parent?: string;
  pool?: string;
  /** Heeds neither ACPI nor the agent. */
  ignoresShutdown: boolean;
  agent: AgentState;
}

export interface GuestSeed {
  readonly vmid: number;
  readonly type?: GuestType;
  readonly node?: string;
  readonly running?: boolean;
  readonly config?: Config;
  readonly pending?: Record<string, string | null>;
  readonly lock?: string;
  readonly pool?: string;
  readonly ignoresShutdown?: boolean;
  /** The agent answers (qemu only). Default: when it runs and its configuration has `agent: 1`. */
  readonly agent?: boolean;
  readonly snapshots?: readonly Snapshot[];
}

export function newGuest(seed: GuestSeed, node: string): Guest {
  const type = seed.type ?? 'qemu';
  const config = { ...(seed.config ?? {}) };
  const last = seed.snapshots?.at(-1)?.name;
  return {
    vmid: seed.vmid,
    type,
    node: seed.node ?? node,
    running: seed.running ?? false,
    qmpstatus: seed.running ? 'running' : 'stopped',
    startedAt: Date.now() - (seed.running ? 3_600_000 : 0),
    config,
    pending: { ...(seed.pending ?? {}) },
    snapshots: [...(seed.snapshots ?? [])],
    ...(last === undefined ? {} : { parent: last }),
    ...(seed.lock === undefined ? {} : { lock: seed.lock }),
    ...(seed.pool === undefined ? {} : { pool: seed.pool }),
    ignoresShutdown: seed.ignoresShutdown ?? false,
    agent: newAgent(seed.agent ?? true, seed.vmid),
  };
}

export function nameOf(guest: Guest): string {
  return (
    guest.config[guest.type === 'qemu' ? 'name' : 'hostname'] ?? `${guest.type === 'qemu' ? 'VM' : 'CT'}${guest.vmid}`
  );
}

export function isTemplate(guest: Guest): boolean {
  return guest.config.template === '1';
}

/** VM or CT, as messages call it. */
export function wordFor(guest: Guest): 'VM' | 'CT' {
  return guest.type === 'qemu' ? 'VM' : 'CT';
}

export function memoryOf(guest: Guest): number {
  const text = guest.config.memory ?? (guest.type === 'qemu' ? '512' : '512');
  return Number(/\d+/.exec(text)?.[0] ?? 512) * 2 ** 20;
}

export function coresOf(guest: Guest): number {
  return Number(guest.config.cores ?? 1) * Number(guest.config.sockets ?? 1);
}

export function digestOf(config: Config): string {
  const text = Object.entries(config)
    .sort()
    .map(([key, value]) => `${key}: ${value}\n`);
  return createHash('sha1').update(text.join('')).digest('hex');
}

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `32G` in bytes. */
export function bytesOf(size: string): number {
  const [, digits = '0', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)/.exec(size) ?? [];
  return Number(digits) * (units[unit] ?? 1);
}

const diskKey = /^(scsi|sata|ide|virtio|efidisk|tpmstate|rootfs|mp|unused)\d*$/;

export interface Disk {
  readonly key: string;
  readonly volid: string;
  readonly size: number;
  readonly isCdrom: boolean;
}

/** The volumes that a configuration names. */
export function disksOf(config: Config): Disk[] {
  return Object.entries(config)
    .filter(([key, value]) => diskKey.test(key) && /^[\w.-]+:/.test(value))
    .map(([key, value]) => {
      const [volid = '', ...rest] = value.split(',');
      const size = rest.find(part => part.startsWith('size='))?.slice(5) ?? '0';
      return {
        key,
        volid: volid.replace(/^(file|volume)=/, ''),
        size: bytesOf(size),
        isCdrom: rest.includes('media=cdrom'),
      };
    });
}

/** Size of its first disk, as lists show it. */
export function diskSizeOf(guest: Guest): number {
  return disksOf(guest.config).find(({ isCdrom, key }) => !isCdrom && !key.startsWith('efi'))?.size ?? 0;
}

export function uptimeOf(guest: Guest): number {
  return guest.running ? Math.floor((Date.now() - guest.startedAt) / 1000) : 0;
}
