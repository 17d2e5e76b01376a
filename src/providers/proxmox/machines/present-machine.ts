import type { Machine } from '../../../model/machine.ts';
import { countOf, flagOf, numberOf, type ReplyRecord, textOf, wordsOf } from '../reply-values.ts';
import { machineStateOf } from './machine-state.ts';

/** What a reply about a machine does not say itself. */
export interface MachinePlace {
  readonly host: string;
  readonly node: string | undefined;
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  /** Of the cluster, where it is known. */
  readonly identity?: string | undefined;
}

/**
 * A machine from a row of /cluster/resources, or from its own status: both use the same words, but for how they name the
 * processors and the memory. Called for each of thousands of rows, so it builds the object in one go.
 */
export function presentMachine(row: ReplyRecord, place: MachinePlace): Machine {
  const { host, node, type, vmid, identity } = place;
  const word = textOf(row.qmpstatus) ?? textOf(row.status) ?? 'unknown';
  const lock = textOf(row.lock) || undefined;
  const cpus = countOf(row.maxcpu ?? row.cpus);
  const memoryBytes = countOf(row.maxmem);
  const machine: Machine = {
    id: machineId(host, vmid),
    provider: 'proxmox',
    host,
    name: textOf(row.name) || fallbackName(type, vmid),
    kind: type === 'qemu' ? 'vm' : 'container',
    state: machineStateOf(word, lock),
    nativeState: word,
  };
  if (cpus !== undefined) machine.cpus = cpus;
  if (memoryBytes !== undefined) machine.memoryBytes = memoryBytes;
  if (node !== undefined) machine.node = node;
  if (typeof row.tags === 'string' && row.tags !== '') machine.tags = tagsOf(row.tags);
  if (flagOf(row.template)) machine.template = true;
  if (lock !== undefined) machine.lock = lock;
  if (identity !== undefined) machine.identity = [`pve:${identity}/${vmid}`];
  return machine;
}

/** Thousands of machines have few different sets of tags. */
const known = new Map<string, readonly string[]>();

function tagsOf(text: string): string[] {
  let tags = known.get(text);
  if (tags === undefined) {
    if (known.size > 500) known.clear();
    tags = wordsOf(text);
    known.set(text, tags);
  }
  return [...tags];
}

export function machineId(host: string, vmid: number): string {
  return `proxmox:${host}/${vmid}`;
}

/** As its own pages name one without a name, e.g. while its node does not answer. */
export function fallbackName(type: 'qemu' | 'lxc', vmid: number): string {
  return `${type === 'qemu' ? 'VM' : 'CT'} ${vmid}`;
}

/** When it was started, of one that runs. */
export function startedAtOf(status: ReplyRecord): string | undefined {
  const uptime = numberOf(status.uptime);
  return uptime === undefined || uptime <= 0 ? undefined : new Date(Date.now() - uptime * 1000).toISOString();
}
