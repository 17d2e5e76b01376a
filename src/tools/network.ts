import { z } from 'zod';
import { hostReference } from '../model/host.ts';
import { machineName } from '../model/machine.ts';
import { network, networkReference } from '../model/network.ts';
import { providerId } from '../model/provider.ts';
import { defineTool } from './define-tool.ts';
import { nodeName } from './fields/placement.ts';

const example = {
  id: 'memory:local/lab',
  provider: 'memory',
  host: 'local',
  name: 'lab',
  kind: 'private' as const,
  machines: ['memory:local/web'],
};
const place = {
  provider: providerId.optional().describe('Where; may be left out when one provider can do it.'),
  host: hostReference.optional(),
};
const optIn = { optIn: true };
const applying = {
  apply: z.boolean().meta(optIn).default(false).describe('Else the change waits until the host is told to apply it.'),
  applyOthers: z
    .boolean()
    .meta(optIn)
    .default(false)
    .describe('With apply: also what others left waiting; else that refuses it.'),
};
const waiting = z.array(z.string()).optional().describe('What waits to be applied, also of others.');
const interfaceName = z.string().regex(/^[A-Za-z][\w.:-]{0,19}$/, 'must be the name of an interface');
const address = z
  .string()
  .regex(/^[0-9A-Fa-f.:]{2,45}\/\d{1,3}$/, 'must be an address with its prefix, e.g. "192.0.2.1/24"');

export const networkList = defineTool({
  id: 'network.list',
  cmdlet: 'Get-VmbNetwork',
  group: 'network',
  summary: 'List the networks of a provider with the machines on them.',
  effect: 'read',
  input: z.strictObject(place),
  output: z.strictObject({
    networks: z.array(network),
    unread: z.array(z.string()).optional().describe('What was not looked at, and why: "machines" may lack some then.'),
  }),
  main: 'networks',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'cancelled'],
  examples: [{ title: 'List', input: { provider: 'memory' }, output: { networks: [example] } }],
});

export const networkCreate = defineTool({
  id: 'network.create',
  cmdlet: 'New-VmbNetwork',
  group: 'network',
  summary: 'Create a network that machines can be attached to.',
  effect: 'create',
  undo: {
    tool: 'network.delete',
    input: { provider: '$output.network.provider', host: '$output.network.host', network: '$output.network.id' },
  },
  input: z.strictObject({
    ...place,
    name: machineName,
    kind: network.shape.kind.default('private'),
    type: z.enum(['bridge', 'vnet']).meta(optIn).default('bridge'),
    node: nodeName.meta(optIn).optional().describe('For a bridge.'),
    ports: z.array(interfaceName).max(64).meta(optIn).optional().describe('Interfaces of the node on the bridge.'),
    address: address.meta(optIn).optional().describe("The node's own on the bridge."),
    vlanAware: z.boolean().meta(optIn).default(false),
    zone: z.string().min(1).max(64).meta(optIn).optional().describe('For a vnet.'),
    tag: z.int().min(1).max(16_777_215).meta(optIn).optional().describe('VLAN or VXLAN of a vnet.'),
    comment: z.string().max(256).meta(optIn).optional(),
    ...applying,
  }),
  output: z.strictObject({ network, waiting }),
  main: 'network',
  errors: ['conflict', 'invalid', 'not_found', 'ambiguous', 'denied', 'unsupported', 'cancelled', 'failed'],
  examples: [{ title: 'A private network', input: { provider: 'memory', name: 'lab' }, output: { network: example } }],
});

export const networkDelete = defineTool({
  id: 'network.delete',
  cmdlet: 'Remove-VmbNetwork',
  group: 'network',
  summary: 'Delete a network that no machine is attached to.',
  effect: 'destroy',
  undo: { irreversible: 'Make it anew with network.create.' },
  input: z.strictObject({ ...place, network: networkReference.min(1).describe('Name or id.'), ...applying }),
  output: z.strictObject({ deleted: z.string().describe('Id of the network.'), waiting }),
  errors: ['not_found', 'ambiguous', 'conflict', 'denied', 'approval_required', 'unsupported', 'cancelled', 'failed'],
  examples: [
    { title: 'Delete', input: { provider: 'memory', network: 'lab' }, output: { deleted: 'memory:local/lab' } },
  ],
});
