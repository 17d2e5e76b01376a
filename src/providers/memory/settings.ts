import path from 'node:path';
import { z } from 'zod';
import { Fault, faultCodes } from '../../errors/fault.ts';
import { machineName } from '../../model/machine.ts';
import { network } from '../../model/network.ts';
import { byteCount, seconds } from '../../model/primitives.ts';
import type { Environment } from '../environment.ts';

export const presetFault = z
  .strictObject({
    tool: z.string().min(1).describe('Tool id, or "probe".'),
    vm: z.string().optional().describe('Only for the machine of this name.'),
    fault: z
      .enum([...faultCodes, 'crash'])
      .optional()
      .describe('How the call ends; "crash" throws what is no Fault.'),
    message: z.string().min(1).optional(),
    remedy: z.string().min(1).optional(),
    times: z.int().min(1).optional().describe('How many calls it befalls. Default: all.'),
    skip: z.int().min(0).default(0).describe('How many calls pass before the first.'),
    at: z.number().min(0).max(1).default(0).describe('How far the work is by then, for tools that take time.'),
    delaySeconds: seconds.max(86_400).optional().describe('Wait so long first; not scaled by speed.'),
    hang: z.boolean().default(false).describe('Wait until the call is cancelled.'),
    leavesFailed: z.boolean().default(false).describe('Leave the machine in the state "failed".'),
  })
  .refine(preset => preset.fault !== undefined || preset.delaySeconds !== undefined || preset.hang, {
    message: 'needs "fault", "delaySeconds" or "hang"',
  })
  .refine(preset => preset.tool !== 'probe' || (preset.times === undefined && preset.skip === 0), {
    message: 'a fault of "probe" befalls every probe and takes no "times" or "skip"',
  });
export type PresetFault = z.infer<typeof presetFault>;

const initialMachine = z.strictObject({
  name: machineName,
  state: z.enum(['running', 'stopped', 'paused', 'saved', 'failed']).default('stopped'),
  cpus: z.int().min(1).max(256).default(2),
  memoryBytes: byteCount.min(1).default(2 ** 31),
  networks: z.array(z.string()).default([]),
  ignoresShutdown: z.boolean().default(false).describe('Its guest does not react when asked to shut down.'),
  tags: z.array(z.string().min(1)).optional(),
  identity: z.array(z.string().min(1)).optional().describe('What it is recognised by elsewhere.'),
  disks: z.array(z.string().min(1)).optional().describe('Default: one of its own.'),
  macs: z.array(z.string().regex(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/)).optional(),
  uuid: z.string().min(1).optional(),
});
const initialNetwork = z.strictObject({ name: machineName, kind: network.shape.kind.default('private') });

/** `providers.memory` in the configuration. */
export const memorySettings = z
  .strictObject({
    speed: z.number().positive().max(1e6).default(1).describe('2 makes everything take half the time.'),
    file: z.string().min(1).optional().describe('Keeps the state; a relative path is below the state folder.'),
    machines: z.array(initialMachine).default([]),
    networks: z.array(initialNetwork).default([]),
    faults: z.array(presetFault).default([]),
  })
  .superRefine((settings, context) => {
    reportTwins(settings.machines, 'machines', context);
    reportTwins(settings.networks, 'networks', context);
    const networks = new Set(settings.networks.map(({ name }) => name));
    settings.machines.forEach((machine, index) => {
      const lost = machine.networks.find(name => !networks.has(name));
      if (lost === undefined) return;
      context.addIssue({ code: 'custom', path: ['machines', index, 'networks'], message: `no network "${lost}"` });
    });
  });
export type MemorySettings = z.infer<typeof memorySettings>;

/** The checked settings with an absolute `file`. Throws `invalid` that names the key. */
export function parseSettings({ settings: rawSettings, paths }: Environment): MemorySettings {
  const { data, error } = memorySettings.safeParse(rawSettings);
  if (data !== undefined) {
    return data.file === undefined ? data : { ...data, file: path.resolve(paths.state, data.file) };
  }
  const [issue] = error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const key = ['providers', 'memory', ...(issue?.path ?? []), ...unknown].map(String).join('.');
  throw new Fault('invalid', `The setting "${key}" is wrong: ${issue?.message ?? 'it does not fit'}.`, {
    remedy: `Correct or remove it in ${paths.configuration}.`,
    data: { field: key },
  });
}

function reportTwins(items: readonly { name: string }[], key: string, context: z.RefinementCtx): void {
  const seen = new Set<string>();
  items.forEach(({ name }, index) => {
    if (seen.has(name)) {
      context.addIssue({ code: 'custom', path: [key, index, 'name'], message: `"${name}" is there twice` });
    }
    seen.add(name);
  });
}
