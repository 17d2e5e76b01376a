import { z } from 'zod';
import { firmware, imageFormat } from '../../model/image.ts';
import { machineName } from '../../model/machine.ts';

const portForward = z.object({
  protocol: z.enum(['tcp', 'udp']),
  hostAddress: z.string(),
  hostPort: z.int().min(1).max(65_535),
  guestPort: z.int().min(1).max(65_535),
});

const mac = z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);

const network = z.union([
  z.object({ kind: z.enum(['user', 'restricted']), forwards: z.array(portForward), mac }),
  z.object({ kind: z.enum(['bridge', 'tap']), interface: z.string(), mac }),
]);

const disk = z.object({
  /** Name in the machine's folder; always qcow2. */
  file: z.string().regex(/^[\w.-]+$/),
  bus: z.enum(['ahci', 'nvme', 'ide', 'virtio']),
  sizeBytes: z.int(),
  sectorSize: z.int().optional(),
  /** The image that it stands on, which must stay as it is. */
  backing: z
    .object({
      path: z.string(),
      format: imageFormat,
      /** What it looked like then; absent for the disk of another machine. */
      seen: z.object({ sizeBytes: z.int(), modifiedAt: z.iso.datetime() }).optional(),
    })
    .optional(),
});
export type MachineDisk = z.infer<typeof disk>;

const share = z.object({ name: z.string(), path: z.string(), readOnly: z.boolean() });

const keptCheckpoint = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  parent: z.string().optional(),
  memory: z.boolean(),
  /** What the memory was saved from: only the same can load it again. */
  hardware: z
    .object({
      machineType: z.string(),
      accelerator: z.enum(['kvm', 'whpx', 'hvf', 'tcg']),
      acceleratorOptions: z.string().optional(),
      cpu: z.string().optional(),
      cpus: z.int(),
      memoryBytes: z.int(),
      networks: z.array(network),
      shares: z.array(share).optional(),
      attended: z.boolean(),
      /** Version of the QEMU that saved it, e.g. `7.2.22`. */
      engine: z.string().optional(),
    })
    .optional(),
  /** Names of the disks that are part of it. */
  disks: z.array(z.string()),
});
export type KeptCheckpoint = z.infer<typeof keptCheckpoint>;
export type CheckpointHardware = NonNullable<KeptCheckpoint['hardware']>;

const run = z.object({
  endedAt: z.iso.datetime(),
  how: z.enum(['ended', 'crashed']),
  problem: z.string().optional(),
  log: z.string().optional(),
});

/** A machine that is kept over restarts, as its file says it. */
export const machineDefinition = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: machineName,
  createdAt: z.iso.datetime(),
  firmware,
  machine: z.enum(['q35', 'pc']),
  cpus: z.int().min(1),
  memoryBytes: z.int().min(1),
  accelerator: z.enum(['auto', 'kvm', 'whpx', 'hvf', 'tcg']),
  disks: z.array(disk),
  /** The disc in its drive; null for an empty drive. */
  cdrom: z.string().nullable(),
  networks: z.array(network),
  shares: z.array(share),
  outlives: z.boolean(),
  checkpoints: z.array(keptCheckpoint),
  /** Id of the checkpoint that the disks stand on now. */
  current: z.string().optional(),
  checkpointsMade: z.int().min(0),
  /** What is being done with a checkpoint. Where that is found later, the process that did it was killed. */
  pending: z.object({ action: z.enum(['create', 'restore', 'delete']), checkpoint: z.string() }).optional(),
  /** The image that it was made from. */
  source: z.string().optional(),
  lastRun: run.optional(),
});
export type MachineDefinition = z.infer<typeof machineDefinition>;
