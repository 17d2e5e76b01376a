import { z } from 'zod';
import { configuredHost, hostName, hostReference, hostSettings } from '../model/host.ts';
import { probeCheck } from '../model/provider.ts';
import { defineTool } from './define-tool.ts';

const host = hostReference.meta({ refersTo: 'host', parameter: 'Name' }).describe('As host.list names it.');
const example = {
  name: 'lab',
  provider: 'proxmox',
  addresses: ['pve1.lab:8006', 'pve2.lab:8006'],
  user: 'root@pam',
  tokenId: 'vmbridge',
  credential: 'lab',
};
const addAgain = Object.fromEntries(
  Object.keys(configuredHost.shape).map(field => [field, `$output.removed.${field}`]),
);
const checks = [
  { name: 'address', passed: true, reason: 'pve1.lab is 192.0.2.10.' },
  { name: 'version', passed: true, reason: 'Proxmox VE 9.2.3.' },
];

export const hostAdd = defineTool({
  id: 'host.add',
  cmdlet: 'Add-VmbHost',
  group: 'host',
  doors: 'people',
  summary: 'Write a host into the configuration, once it has answered.',
  description: 'Nothing is written when the test fails.',
  effect: 'create',
  undo: { tool: 'host.remove', input: { host: '$output.host.name' }, loses: 'What it replaced is not put back.' },
  input: z.strictObject({
    ...hostSettings.shape,
    name: hostName,
    replace: z.boolean().default(false).describe('In the place of one of that name.'),
    skipTest: z.boolean().default(false),
  }),
  output: z.strictObject({ host: configuredHost, checks: z.array(probeCheck).describe('Empty without a test.') }),
  main: 'host',
  errors: ['conflict', 'invalid', 'not_found', 'unavailable', 'denied', 'unsupported', 'timeout', 'cancelled'],
  examples: [{ title: 'A cluster of two', input: example, output: { host: example, checks } }],
});

export const hostList = defineTool({
  id: 'host.list',
  cmdlet: 'Get-VmbHost',
  group: 'host',
  summary: 'List the configured hosts.',
  effect: 'read',
  input: z.strictObject({}),
  output: z.strictObject({ hosts: z.array(configuredHost) }),
  main: 'hosts',
  errors: ['cancelled'],
  examples: [{ title: 'List', input: {}, output: { hosts: [example] } }],
});

export const hostTest = defineTool({
  id: 'host.test',
  cmdlet: 'Test-VmbHost',
  group: 'host',
  summary: 'Tell step by step whether a host can be reached and signed in to.',
  effect: 'read',
  input: z.strictObject({ host }),
  output: z.strictObject({ host: z.string(), passed: z.boolean(), checks: z.array(probeCheck) }).meta({
    title: 'HostTest',
    columns: ['host', 'passed', 'checks'],
  }),
  errors: ['not_found', 'ambiguous', 'unsupported', 'cancelled'],
  examples: [{ title: 'Test one', input: { host: 'lab' }, output: { host: 'lab', passed: true, checks } }],
});

export const hostRemove = defineTool({
  id: 'host.remove',
  cmdlet: 'Remove-VmbHost',
  group: 'host',
  doors: 'people',
  summary: 'Take a host out of the configuration; nothing on the host changes.',
  effect: 'change',
  undo: { tool: 'host.add', input: { ...addAgain, skipTest: true } },
  input: z.strictObject({ host }),
  output: z.strictObject({
    removed: configuredHost.describe('As it was: host.add takes it again.'),
    unused: z.array(z.string()).describe('Kept secrets that no host names any more.'),
  }),
  main: 'removed',
  errors: ['not_found', 'invalid', 'denied', 'cancelled'],
  examples: [{ title: 'Remove', input: { host: 'lab' }, output: { removed: example, unused: ['lab'] } }],
});
