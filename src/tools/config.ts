import { z } from 'zod';
import { configurationEntry, configurationKey } from '../model/configuration.ts';
import { defineTool } from './define-tool.ts';

const file = z.string().describe('Path of the configuration.');

export const configGet = defineTool({
  id: 'config.get',
  cmdlet: 'Get-VmbConfiguration',
  group: 'config',
  summary: 'Tell the configuration, whole or from one key on, and where each value comes from.',
  effect: 'read',
  input: z.strictObject({ key: configurationKey.optional() }),
  output: z.strictObject({ file, entries: z.array(configurationEntry) }),
  main: 'entries',
  errors: ['not_found', 'invalid', 'denied', 'cancelled'],
  examples: [
    {
      title: 'The log',
      input: { key: 'log' },
      output: {
        file: '/home/ada/.config/vmbridge/config.json',
        entries: [
          { key: 'log.level', value: 'debug', source: 'file' },
          { key: 'log.stderr', value: 'warn', source: 'default' },
        ],
      },
    },
  ],
});

export const configSet = defineTool({
  id: 'config.set',
  cmdlet: 'Set-VmbConfiguration',
  group: 'config',
  doors: 'people',
  summary: 'Set or unset a key of the configuration.',
  effect: 'change',
  idempotent: true,
  undo: {
    tool: 'config.set',
    input: { key: '$input.key', value: '$output.before', unset: '$output.wasUnset' },
  },
  input: z.strictObject({
    key: configurationKey,
    value: z.unknown().optional().describe('Any JSON.'),
    unset: z.boolean().default(false).describe('Take the key away; its default holds then.'),
  }),
  output: z.strictObject({
    file,
    entries: z.array(configurationEntry).describe('What holds now of that key.'),
    before: z.unknown().optional().describe('What stood there.'),
    wasUnset: z.boolean().describe('True when nothing did.'),
    restart: z.array(z.string()).describe('What takes it only when it is started anew; empty: it holds at once.'),
  }),
  main: 'entries',
  errors: ['invalid', 'not_found', 'denied', 'cancelled'],
  examples: [
    {
      title: 'Write more into the log',
      input: { key: 'log.level', value: 'debug' },
      output: {
        file: '/home/ada/.config/vmbridge/config.json',
        entries: [{ key: 'log.level', value: 'debug', source: 'file' }],
        wasUnset: true,
        restart: ['servers that run already (vmbridge serve, vmbridge rpc)'],
      },
    },
  ],
});
