import { z } from 'zod';
import { machineReference } from '../model/machine.ts';
import { timestamp } from '../model/primitives.ts';
import { readingMethod } from '../model/proof.ts';
import { defineTool } from './define-tool.ts';

const errors = ['not_found', 'ambiguous', 'conflict', 'unsupported', 'busy', 'host_fault', 'cancelled'] as const;

export const vmScreenshot = defineTool({
  id: 'vm.screenshot',
  cmdlet: 'Get-VmbScreenshot',
  group: 'vm',
  summary: 'Take a picture of the screen of a machine.',
  description: 'PNG. With file it is written there, else it is in the answer. With text also the lines on the screen.',
  effect: 'read',
  input: z.strictObject({
    vm: machineReference,
    file: z
      .string()
      .min(1)
      .max(32_767)
      .regex(/^[^\0]+$/, 'must not contain a NUL character')
      .meta({ refersTo: 'newFile' })
      .optional()
      .describe('New file for the picture; none is ever overwritten.'),
    text: z.boolean().default(false).describe('Read the text on the screen, too.'),
  }),
  output: z
    .strictObject({
      width: z.int(),
      height: z.int(),
      format: z.literal('png'),
      file: z.string().optional().describe('Absolute path of the file.'),
      data: z.string().optional().describe('The picture in base64, without file. MCP gives an image instead.'),
      text: z.array(z.string()).optional().describe('Lines on the screen, from the top, with text.'),
      textMethod: readingMethod.optional(),
    })
    .meta({ title: 'Screenshot', columns: ['width', 'height', 'textMethod', 'file'] }),
  picture: 'data',
  newFile: 'file',
  errors: ['invalid', 'denied', 'failed', ...errors],
  examples: [
    {
      title: 'What does it show?',
      input: { vm: 'web', text: true },
      output: {
        width: 720,
        height: 400,
        format: 'png',
        data: 'iVBORw0KGgo=',
        text: ['web login:'],
        textMethod: 'vga',
      },
    },
    {
      title: 'Keep the picture',
      input: { vm: 'web', file: '/tmp/web.png' },
      output: { width: 720, height: 400, format: 'png', file: '/tmp/web.png' },
    },
  ],
});

export const vmSendKeys = defineTool({
  id: 'vm.sendKeys',
  cmdlet: 'Send-VmbKey',
  group: 'vm',
  summary: 'Press keys on the keyboard of a machine, one chord after the other.',
  description:
    'A chord is key names joined by "-", e.g. "ctrl-alt-delete", "enter", "f2", "shift-tab"; keys are named as on a US keyboard. For text use vm.type, which keeps it out of the audit log.',
  effect: 'change',
  mayDestroy: true,
  undo: { checkpoint: true },
  input: z.strictObject({
    vm: machineReference,
    keys: z.array(z.string().min(1).max(100)).min(1).max(100),
    holdMilliseconds: z.int().min(1).max(5000).default(30).describe('How long a key is held; all take at most 10 s.'),
  }),
  output: z
    .strictObject({ sent: z.int().describe('Number of chords.') })
    .meta({ title: 'SentKeys', columns: ['sent'] }),
  errors: ['invalid', 'failed', ...errors],
  examples: [
    { title: 'Log in on Windows', input: { vm: 'web', keys: ['ctrl-alt-delete'] }, output: { sent: 1 } },
    { title: 'Second entry of a menu', input: { vm: 'web', keys: ['down', 'enter'] }, output: { sent: 2 } },
  ],
});

export const vmType = defineTool({
  id: 'vm.type',
  cmdlet: 'Send-VmbText',
  group: 'vm',
  summary: 'Type text on the keyboard of a machine.',
  description: 'Nothing is typed when the layout lacks one of the characters. Caps lock must be off in the guest.',
  effect: 'change',
  mayDestroy: true,
  long: true,
  undo: { checkpoint: true },
  input: z.strictObject({
    vm: machineReference,
    text: z
      .string()
      .max(4096)
      .meta({ secret: true })
      .describe('What to type; of control characters only newline and tab.'),
    layout: z
      .enum(['us', 'gb', 'de', 'fr', 'es', 'it', 'pt', 'br', 'se', 'no', 'dk', 'fi', 'ch', 'be', 'pl'])
      .default('us')
      .describe('Keyboard layout that the guest is set to.'),
    enter: z.boolean().default(false).describe('Press Enter at the end.'),
    charactersPerSecond: z.int().min(1).max(200).default(25),
  }),
  output: z
    .strictObject({ typed: z.int().describe('Number of characters, without the final Enter.') })
    .meta({ title: 'TypedText', columns: ['typed'] }),
  errors: ['invalid', 'failed', ...errors],
  examples: [{ title: 'Answer a login prompt', input: { vm: 'web', text: 'root', enter: true }, output: { typed: 4 } }],
});

export const vmConsole = defineTool({
  id: 'vm.console',
  cmdlet: 'Open-VmbConsole',
  group: 'vm',
  summary: 'Open the screen and keyboard of a machine to a VNC viewer on this host.',
  description:
    'A socket is for programs of this user only. TCP listens on loopback for one connection, with a password that is good for that one alone.',
  effect: 'create',
  undo: { irreversible: 'It ends by itself.' },
  input: z.strictObject({
    vm: machineReference,
    kind: z.enum(['auto', 'socket', 'tcp']).default('auto').describe('"auto": socket, but tcp on Windows.'),
    seconds: z.int().min(1).max(3600).default(60).describe('How long tcp waits for the viewer.'),
  }),
  output: z
    .strictObject({
      kind: z.enum(['socket', 'tcp']),
      socket: z.string().optional(),
      address: z.string().optional().describe('e.g. "127.0.0.1:5901".'),
      password: z.string().optional().describe('8 characters, the most that VNC has.'),
      expiresAt: timestamp.optional().describe('No connection is taken from then on.'),
      howTo: z.string().describe('Command line of a viewer.'),
    })
    .meta({ title: 'Console' }),
  errors: ['invalid', 'failed', 'timeout', ...errors],
  examples: [
    {
      title: 'For a viewer that takes TCP',
      input: { vm: 'web', kind: 'tcp' },
      output: {
        kind: 'tcp',
        address: '127.0.0.1:38117',
        password: 'k7Qd2mXa',
        expiresAt: '2026-03-01T12:01:00.000Z',
        howTo: 'vncviewer 127.0.0.1::38117',
      },
    },
  ],
});
