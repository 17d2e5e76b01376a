import { z } from 'zod';
import { machineName } from '../model/machine.ts';
import { network, networkReference } from '../model/network.ts';
import { providerId } from '../model/provider.ts';
import { defineTool } from './define-tool.ts';

const example = {
  id: 'memory:local/lab',
  provider: 'memory',
  host: 'local',
  name: 'lab',
  kind: 'private' as const,
  machines: ['memory:local/web'],
};
const provider = providerId.optional().describe('Where; may be left out when one provider can do it.');

export const networkList = defineTool({
  id: 'network.list',
  cmdlet: 'Get-VmbNetwork',
  group: 'network',
  summary: 'List the networks of a provider with the machines on them.',
  effect: 'read',
  input: z.strictObject({ provider }),
  output: z.strictObject({ networks: z.array(network) }),
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
  input: z.strictObject({ provider, name: machineName, kind: network.shape.kind.default('private') }),
  output: z.strictObject({ network }),
  main: 'network',
  errors: ['conflict', 'invalid', 'not_found', 'ambiguous', 'unsupported', 'cancelled', 'failed'],
  examples: [{ title: 'A private network', input: { provider: 'memory', name: 'lab' }, output: { network: example } }],
});

export const networkDelete = defineTool({
  id: 'network.delete',
  cmdlet: 'Remove-VmbNetwork',
  group: 'network',
  summary: 'Delete a network that no machine is attached to.',
  effect: 'destroy',
  input: z.strictObject({ provider, network: networkReference.min(1).describe('Name or id.') }),
  output: z.strictObject({ deleted: z.string().describe('Id of the network.') }),
  errors: ['not_found', 'ambiguous', 'conflict', 'denied', 'approval_required', 'unsupported', 'cancelled', 'failed'],
  examples: [
    { title: 'Delete', input: { provider: 'memory', network: 'lab' }, output: { deleted: 'memory:local/lab' } },
  ],
});
