import { z } from 'zod';
import { network } from '../../../model/network.ts';
import { byteCount, timestamp } from '../../../model/primitives.ts';
import type { MemorySettings } from '../settings.ts';

/** Work under way on a machine, and the process that does it: when that one dies, the work never happened. */
const activity = z.strictObject({
  kind: z.enum(['create', 'start', 'stop', 'pause', 'resume', 'checkpoint', 'restore', 'merge', 'delete']),
  id: z.string(),
  owner: z.strictObject({ pid: z.int(), start: z.string().optional() }),
});
export type Activity = z.infer<typeof activity>;

const worldCheckpoint = z.strictObject({
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  parent: z.string().optional(),
  memory: z.boolean(),
});
export type WorldCheckpoint = z.infer<typeof worldCheckpoint>;

/** `state` is where the machine stands when nothing is going on: what it falls back to when `activity` is broken off. */
const worldMachine = z.strictObject({
  name: z.string(),
  state: z.enum(['running', 'stopped', 'paused', 'saved', 'failed']),
  cpus: z.int(),
  memoryBytes: byteCount,
  networks: z.array(z.string()),
  ignoresShutdown: z.boolean(),
  startedAt: timestamp.optional(),
  checkpoints: z.array(worldCheckpoint),
  current: z.string().optional(),
  checkpointsMade: z.int().min(0),
  activity: activity.optional(),
  tags: z.array(z.string()).optional(),
  identity: z.array(z.string()).optional(),
  disks: z.array(z.string()).optional(),
  macs: z.array(z.string()).optional(),
  uuid: z.string().optional(),
});
export type WorldMachine = z.infer<typeof worldMachine>;

const worldNetwork = z.strictObject({ name: z.string(), kind: network.shape.kind });
export type WorldNetwork = z.infer<typeof worldNetwork>;

/** Everything that the pretend hypervisor is, as kept in its file. */
export const world = z.strictObject({
  version: z.literal(1),
  machines: z.array(worldMachine),
  networks: z.array(worldNetwork),
  /** How often each preset fault was asked about, by its place in the settings. */
  faultCalls: z.record(z.string(), z.int().min(0)),
});
export type World = z.infer<typeof world>;

export function createWorld(settings: MemorySettings): World {
  const startedAt = new Date().toISOString();
  return {
    version: 1,
    machines: settings.machines.map(machine => ({
      ...machine,
      checkpoints: [],
      checkpointsMade: 0,
      ...(machine.state === 'running' || machine.state === 'paused' ? { startedAt } : {}),
    })),
    networks: settings.networks.map(item => ({ ...item })),
    faultCalls: {},
  };
}
