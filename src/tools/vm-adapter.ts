import { z } from 'zod';
import { machineReference } from '../model/machine.ts';
import { pendingChange } from '../model/machine-parts.ts';
import { networkReference } from '../model/network.ts';
import { adapterSettings, networkAdapter } from '../model/network-adapter.ts';
import { defineTool } from './define-tool.ts';

const errors = [
  'not_found',
  'ambiguous',
  'conflict',
  'invalid',
  'denied',
  'unsupported',
  'busy',
  'cancelled',
  'failed',
] as const;
const example = {
  key: 'net1',
  model: 'virtio',
  mac: 'BC:24:11:2A:00:01',
  bridge: 'vmbr1',
  vlan: 20,
  connected: true,
};
const adapter = z
  .string()
  .regex(/^net\d{1,2}$/, 'must be the key of an adapter, e.g. "net0"')
  .describe('Its key in vm.adapter.list, e.g. "net0".');
const yesOrNo = z.enum(['yes', 'no']);
const prefixed = /^[0-9A-Fa-f.:]{2,45}\/\d{1,3}$/;
const address = (...words: readonly string[]) =>
  z
    .string()
    .refine(
      text => words.includes(text) || prefixed.test(text),
      `must be an address with its prefix, or ${words.join(' or ')}`,
    );
const gateway = z.string().regex(/^([0-9A-Fa-f.:]{2,45}|none)$/, 'must be an address, or "none"');

const settings = {
  network: networkReference.min(1).optional().describe('Name or id; the MAC stays when it is another.'),
  model: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{1,19}$/, 'must be the name of a model')
    .optional()
    .describe('e.g. "virtio".'),
  mac: z
    .string()
    .regex(/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/, 'must be six bytes, e.g. "BC:24:11:2A:00:01"')
    .optional(),
  vlan: z.int().min(0).max(4094).optional().describe('0 for none.'),
  firewall: yesOrNo.optional(),
  rate: z.number().min(0).max(1_000_000).optional().describe('Most megabytes a second; 0 for no limit.'),
  connected: yesOrNo.optional().describe('"no" pulls its cable.'),
  mtu: z.int().min(0).max(65_520).optional().describe('0 for the default.'),
  name: z
    .string()
    .regex(/^[A-Za-z][\w.-]{0,14}$/, 'must be the name of an interface')
    .optional()
    .describe('In a container, e.g. "eth1".'),
  address: address('dhcp', 'manual').optional().describe('Of a container: with its prefix, dhcp or manual.'),
  gateway: gateway.optional().describe('Of a container; "none" takes it away.'),
  address6: address('auto', 'dhcp', 'manual').optional(),
  gateway6: gateway.optional(),
};
const before = adapterSettings.describe('What was set before.');
/** All that can be set, as it was. */
const asBefore = Object.fromEntries(Object.keys(adapterSettings.shape).map(name => [name, `$output.before.${name}`]));
const exampleBefore = {
  network: 'vmbr0',
  model: 'virtio',
  mac: 'BC:24:11:2A:00:01',
  vlan: 20,
  firewall: 'no' as const,
  rate: 0,
  connected: 'yes' as const,
  mtu: 0,
};
const pending = z.array(pendingChange).optional().describe('What takes effect with the next start only.');

export const vmAdapterList = defineTool({
  id: 'vm.adapter.list',
  cmdlet: 'Get-VmbNetworkAdapter',
  group: 'vm',
  summary: 'List the network adapters of a machine.',
  effect: 'read',
  input: z.strictObject({ vm: machineReference }),
  output: z.strictObject({ adapters: z.array(networkAdapter) }),
  main: 'adapters',
  errors,
  examples: [{ title: 'List', input: { vm: 'web' }, output: { adapters: [example] } }],
});

export const vmAdapterAdd = defineTool({
  id: 'vm.adapter.add',
  cmdlet: 'Add-VmbNetworkAdapter',
  group: 'vm',
  summary: 'Add a network adapter to a machine.',
  effect: 'create',
  undo: { tool: 'vm.adapter.remove', input: { vm: '$input.vm', adapter: '$output.adapter.key' } },
  input: z.strictObject({
    vm: machineReference,
    ...settings,
    network: networkReference.min(1).describe('Name or id.'),
  }),
  output: z.strictObject({ adapter: networkAdapter, pending }),
  main: 'adapter',
  errors,
  examples: [{ title: 'In a VLAN', input: { vm: 'web', network: 'vmbr1', vlan: 20 }, output: { adapter: example } }],
});

export const vmAdapterSet = defineTool({
  id: 'vm.adapter.set',
  cmdlet: 'Set-VmbNetworkAdapter',
  group: 'vm',
  summary: 'Change a network adapter of a machine; what is left out stays.',
  effect: 'change',
  idempotent: true,
  undo: {
    tool: 'vm.adapter.set',
    input: { ...asBefore, vm: '$input.vm', adapter: '$input.adapter' },
    given: true,
  },
  input: z.strictObject({ vm: machineReference, adapter, ...settings }),
  output: z.strictObject({ adapter: networkAdapter, before, pending }),
  main: 'adapter',
  errors,
  examples: [
    {
      title: 'To another network',
      input: { vm: 'web', adapter: 'net1', network: 'vmbr1' },
      output: { adapter: example, before: exampleBefore },
    },
  ],
});

export const vmAdapterRemove = defineTool({
  id: 'vm.adapter.remove',
  cmdlet: 'Remove-VmbNetworkAdapter',
  group: 'vm',
  summary: 'Take a network adapter from a machine.',
  effect: 'destroy',
  undo: {
    tool: 'vm.adapter.add',
    input: { ...asBefore, vm: '$input.vm' },
    loses: 'Settings that vm.adapter.list does not tell, e.g. its queues.',
  },
  input: z.strictObject({ vm: machineReference, adapter }),
  output: z.strictObject({ removed: z.string(), before, pending }),
  errors,
  examples: [
    {
      title: 'The second one',
      input: { vm: 'web', adapter: 'net1' },
      output: { removed: 'net1', before: exampleBefore },
    },
  ],
});
