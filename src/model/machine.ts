import { z } from 'zod';
import { byteCount, seconds, timestamp } from './primitives.ts';

/** `running` and `stopped` are what most callers wait for; `starting` and `stopping` pass by themselves. */
export const machineState = z.enum([
  'running',
  'stopped',
  'paused',
  'saved',
  'starting',
  'stopping',
  'failed',
  'unknown',
]);
export type MachineState = z.infer<typeof machineState>;

export const machineKind = z.enum(['vm', 'container', 'distro']);
export type MachineKind = z.infer<typeof machineKind>;

export const machine = z
  .strictObject({
    id: z.string().describe('e.g. "qemu:local/web".'),
    provider: z.string(),
    host: z.string().describe('"local" or the name of a configured host.'),
    name: z.string(),
    kind: machineKind,
    state: machineState,
    nativeState: z.string().describe("The provider's own word for the state."),
    cpus: z.int().optional(),
    memoryBytes: byteCount.optional(),
    image: z.string().optional().describe('Disk image that it was booted from.'),
    networks: z.array(z.string()).optional(),
    processId: z.int().optional(),
    startedAt: timestamp.optional(),
    problem: z.string().optional().describe('What is wrong with it, when something is.'),
    log: z.string().optional().describe('Where more about the problem is written.'),
    node: z.string().optional().describe('Member of the cluster that it is on.'),
    tags: z.array(z.string()).optional(),
    template: z.boolean().optional().describe('True when it is there to be cloned only.'),
    lock: z.string().optional().describe('What the provider is doing with it meanwhile, in its own word.'),
    uuid: z.string().optional().describe('That of its SMBIOS, in lower case.'),
    identity: z.array(z.string()).optional().describe('What it is recognised by when it is reached by several roads.'),
    otherIds: z.array(z.string()).optional().describe('Its other ids: the same machine, reached by other roads.'),
    ageSeconds: seconds.optional().describe('Set on an older row, when its provider or host did not answer now.'),
  })
  .meta({ title: 'Machine', columns: ['name', 'state', 'cpus', 'memoryBytes', 'id'] });
export type Machine = z.infer<typeof machine>;

/** A machine's id, e.g. `qemu:local/web`, or its name where no other machine has that name. */
export const machineReference = z
  .string()
  .min(1)
  .max(512)
  .meta({ refersTo: 'machine' })
  .describe('Id of the machine, e.g. "qemu:local/web", or its unique name.');

/** Names are shown on terminals and become parts of paths at some providers: no control characters, no separators. */
export const machineName = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Cf}/\\:*?"<>|]+$/u, 'must not contain control characters or any of / \\ : * ? " < > |')
  .refine(name => name.trim() === name && !/^\.+$/.test(name), 'must not begin or end with a space or be only dots');
