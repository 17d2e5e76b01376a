import { z } from 'zod';
import { haResource, haRule } from '../model/cluster.ts';
import { machineReference } from '../model/machine.ts';
import { defineTool } from './define-tool.ts';
import { hostErrors as errors } from './fields/host-errors.ts';
import { listedMachine } from './fields/machine-selection.ts';
import { place } from './fields/place.ts';

const identifier = z
  .string()
  .max(100)
  .regex(/^[A-Za-z][\w-]+$/, 'must be letters, digits, "-" and "_"');
const comment = z.string().max(4096).optional();
const resource = { id: 'vm:100', vm: 'proxmox:lab/100', state: 'started', maxRestart: 1, maxRelocate: 1 };
const rule = {
  id: 'near-storage',
  kind: 'node-affinity' as const,
  vms: ['proxmox:lab/100'],
  nodes: ['pve1:2', 'pve2'],
  strict: false,
  enabled: true,
};

export const haList = defineTool({
  id: 'ha.list',
  cmdlet: 'Get-VmbHaResource',
  group: 'cluster',
  summary: 'List the machines that a cluster keeps running, and the rules for where.',
  effect: 'read',
  input: z.strictObject(place),
  output: z.strictObject({ resources: z.array(haResource), rules: z.array(haRule) }),
  main: 'resources',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [{ title: 'All', input: { host: 'lab' }, output: { resources: [resource], rules: [rule] } }],
});

export const haSet = defineTool({
  id: 'ha.set',
  cmdlet: 'Set-VmbHaResource',
  group: 'cluster',
  summary: 'Have a cluster keep a machine in a state. What is left out stays.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'Set it again to what it was.' },
  input: z.strictObject({
    vm: machineReference,
    state: z.enum(['started', 'stopped', 'disabled', 'ignored']).optional().describe('Default: started.'),
    maxRestart: z.int().min(0).max(100).optional(),
    maxRelocate: z.int().min(0).max(100).optional(),
    group: identifier.optional().describe('Proxmox VE 8 only; 9 has ha.rule.set.'),
    failback: z.enum(['on', 'off']).optional().describe('Go back to a better node. Proxmox VE 9 only.'),
    comment,
  }),
  output: z.strictObject({ resource: haResource }),
  main: 'resource',
  errors,
  examples: [{ title: 'Keep it running', input: { vm: 'web', state: 'started' }, output: { resource } }],
});

export const haRemove = defineTool({
  id: 'ha.remove',
  cmdlet: 'Remove-VmbHaResource',
  group: 'cluster',
  summary: 'Let a cluster no longer look after a machine; the machine itself stays as it is.',
  effect: 'destroy',
  undo: { irreversible: 'Put it under high availability again with ha.set.' },
  input: z.strictObject({ vm: machineReference }),
  output: z.strictObject({ removed: z.string().describe('Id of the resource.') }),
  errors: [...errors, 'approval_required'],
  examples: [{ title: 'Let go', input: { vm: 'web' }, output: { removed: 'vm:100' } }],
});

export const haRuleSet = defineTool({
  id: 'ha.rule.set',
  cmdlet: 'Set-VmbHaRule',
  group: 'cluster',
  summary: 'Say where machines that a cluster looks after may run. What is left out stays.',
  description: 'Proxmox VE 8 has groups instead: they have nodes only, and ha.set puts machines into them.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'Set it again to what it was.' },
  input: z.strictObject({
    ...place,
    rule: identifier,
    nodes: z
      .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,4})?$/, 'must look like "pve1" or "pve1:2"'))
      .min(1)
      .max(64)
      .optional()
      .describe('With priorities, e.g. "pve1:2".'),
    vms: z.array(listedMachine).min(1).max(500).optional(),
    affinity: z.enum(['positive', 'negative']).optional().describe('Machines together on a node, or apart.'),
    strict: z.enum(['on', 'off']).optional().describe('On no other nodes, ever.'),
    state: z.enum(['enabled', 'disabled']).optional(),
    comment,
  }),
  output: z.strictObject({ rule: haRule }),
  main: 'rule',
  errors,
  examples: [
    {
      title: 'Rather here',
      input: { host: 'lab', rule: 'near-storage', vms: ['web'], nodes: ['pve1:2', 'pve2'] },
      output: { rule },
    },
  ],
});

export const haRuleRemove = defineTool({
  id: 'ha.rule.remove',
  cmdlet: 'Remove-VmbHaRule',
  group: 'cluster',
  summary: 'Delete a rule, or a group of Proxmox VE 8.',
  effect: 'destroy',
  undo: { irreversible: 'Make it anew with ha.rule.set.' },
  input: z.strictObject({ ...place, rule: identifier }),
  output: z.strictObject({ removed: z.string() }),
  errors: [...errors, 'approval_required'],
  examples: [{ title: 'Delete', input: { host: 'lab', rule: 'near-storage' }, output: { removed: 'near-storage' } }],
});
