import { z } from 'zod';
import { machineReference } from '../model/machine.ts';
import { guestAddress } from '../model/machine-parts.ts';
import { byteCount, seconds } from '../model/primitives.ts';
import { defineTool } from './define-tool.ts';

const noNul = /^[^\0]*$/;
const guestText = z.string().max(32_767).regex(noNul, 'must not contain a NUL character');
const somePath = guestText.min(1);
const encoding = z.enum(['utf8', 'base64']);

const agentErrors = ['not_found', 'ambiguous', 'conflict', 'unsupported', 'busy', 'timeout', 'host_fault'] as const;

export const vmExec = defineTool({
  id: 'vm.exec',
  cmdlet: 'Invoke-VmbCommand',
  group: 'vm',
  summary: 'Run a program in the guest through its agent and return what it printed.',
  description:
    'No shell is involved unless it is the command: "sh" with ["-c", "…"]. Returns up to 1 MiB of each stream; what is no text as base64. Over time or cancelled, it is killed where possible.',
  effect: 'change',
  mayDestroy: true,
  long: true,
  undo: { checkpoint: true },
  input: z.strictObject({
    vm: machineReference,
    command: somePath.describe("Path in the guest, or a name on the agent's PATH."),
    arguments: z.array(guestText).max(1000).default([]),
    input: z
      .string()
      .max(1024 * 1024)
      .meta({ secret: true, parameter: 'StandardInput' })
      .optional()
      .describe('Text for its standard input; kept out of the audit log.'),
    environment: z
      .array(
        z
          .string()
          .max(32_767)
          .regex(/^[^\0=]+=[^\0]*$/, 'must be NAME=value'),
      )
      .max(1000)
      .meta({ secret: true })
      .optional()
      .describe("NAME=value, its whole environment; kept out of the audit log. Default: the agent's own."),
    timeoutSeconds: z.int().min(1).max(86_400).default(60).describe('How long it may run.'),
  }),
  output: z
    .strictObject({
      exitCode: z.int().optional().describe('Absent when a signal ended it.'),
      signal: z.int().optional().describe('Number of the signal, or on Windows of the exception, that ended it.'),
      stdout: z.string(),
      stdoutEncoding: encoding.describe('"base64" when it is not text.'),
      stderr: z.string(),
      stderrEncoding: encoding,
      truncated: z.boolean().describe('True when the end of a stream was left out.'),
      milliseconds: z.int().min(0),
    })
    .meta({ title: 'CommandResult' }),
  errors: agentErrors,
  examples: [
    {
      title: 'Ask for the kernel',
      input: { vm: 'web', command: 'uname', arguments: ['-r'] },
      output: {
        exitCode: 0,
        stdout: '6.1.0-13-amd64\n',
        stdoutEncoding: 'utf8',
        stderr: '',
        stderrEncoding: 'utf8',
        truncated: false,
        milliseconds: 130,
      },
    },
  ],
});

export const vmCopy = defineTool({
  id: 'vm.copy',
  cmdlet: 'Copy-VmbFile',
  group: 'vm',
  summary: 'Copy one file into a running guest or out of it, through its agent.',
  description:
    'Compared at the end. A file on this host is never replaced. Folders: pack them with tar through vm.exec. At most 8 GiB.',
  effect: 'change',
  mayDestroy: true,
  long: true,
  undo: { checkpoint: true },
  input: z.strictObject({
    vm: machineReference,
    direction: z.enum(['toGuest', 'fromGuest']),
    source: somePath.meta({ refersTo: 'file', refersToWhen: { direction: 'toGuest' } }).describe('Path of the file.'),
    target: somePath
      .meta({ refersTo: 'newFile', refersToWhen: { direction: 'fromGuest' } })
      .describe('Path of the copy, with its name.'),
    overwrite: z.boolean().default(false).describe('Replace a file in the guest.'),
  }),
  output: z
    .strictObject({
      bytes: byteCount,
      sha256: z.string(),
      compared: z.enum(['sha256', 'size']).describe('What was held against the other side.'),
      atomic: z
        .boolean()
        .describe('False when the file in the guest was written in its place, as its agent runs no programs.'),
      seconds,
    })
    .meta({ title: 'FileCopy', columns: ['bytes', 'seconds', 'compared', 'atomic', 'sha256'] }),
  errors: agentErrors,
  examples: [
    {
      title: 'Bring a script into the guest',
      input: { vm: 'web', direction: 'toGuest', source: '/home/me/setup.sh', target: '/root/setup.sh' },
      output: {
        bytes: 812,
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        compared: 'sha256',
        atomic: true,
        seconds: 0.3,
      },
    },
  ],
});

export const vmWait = defineTool({
  id: 'vm.wait',
  cmdlet: 'Wait-VmbVM',
  group: 'vm',
  summary: 'Wait until a machine is in a state, shows its login, has its agent running or serves a port.',
  description:
    'A machine that ends or fails meanwhile is an error at once. "port" needs a program that listens in the guest.',
  effect: 'read',
  long: true,
  input: z.strictObject({
    vm: machineReference,
    for: z.enum(['running', 'paused', 'stopped', 'login', 'agent', 'port']),
    port: z.int().min(1).max(65_535).optional().describe('TCP port in the guest, or of this host and forwarded to it.'),
    timeoutSeconds: z.int().min(1).max(86_400).default(300),
  }),
  output: z
    .strictObject({
      reached: z.literal(true),
      seconds: seconds.describe('How long it took.'),
      detail: z.string().describe('What was seen, e.g. the line of the login prompt.'),
    })
    .meta({ title: 'MachineWait', columns: ['reached', 'seconds', 'detail'] }),
  errors: ['not_found', 'ambiguous', 'conflict', 'timeout', 'host_fault'],
  examples: [
    {
      title: 'Wait for the login prompt',
      input: { vm: 'web', for: 'login', timeoutSeconds: 120 },
      output: { reached: true, seconds: 14.2, detail: 'serial line: "debian login:"' },
    },
  ],
});

export const vmAddresses = defineTool({
  id: 'vm.addresses',
  cmdlet: 'Get-VmbAddress',
  group: 'vm',
  summary: 'List the IP addresses that a running guest has, as it says itself.',
  effect: 'read',
  input: z.strictObject({
    vm: machineReference,
    loopback: z.boolean().default(false).describe('Also those of the guest alone, e.g. 127.0.0.1.'),
  }),
  output: z.strictObject({ addresses: z.array(guestAddress) }),
  main: 'addresses',
  errors: agentErrors,
  examples: [
    {
      title: 'Where is it?',
      input: { vm: 'web' },
      output: {
        addresses: [
          { interface: 'eth0', mac: 'BC:24:11:2A:00:01', family: 'ipv4', address: '192.0.2.10', prefixLength: 24 },
        ],
      },
    },
  ],
});

export const vmFreeze = defineTool({
  id: 'vm.freeze',
  cmdlet: 'Set-VmbFreeze',
  group: 'vm',
  summary: 'Hold back all writing in a guest through its agent, e.g. for a copy of its disks, or let it go on.',
  description: 'A frozen guest hangs until it is thawed: thaw it soon.',
  effect: 'change',
  effectBy: { field: 'action', values: { status: 'read' } },
  undo: { irreversible: 'Call it again: "thaw" takes back "freeze".' },
  input: z.strictObject({ vm: machineReference, action: z.enum(['freeze', 'thaw', 'status']) }),
  output: z
    .strictObject({
      state: z.enum(['frozen', 'thawed']),
      fileSystems: z.int().optional().describe('How many were frozen or thawed.'),
    })
    .meta({ title: 'FileSystemFreeze', columns: ['state', 'fileSystems'] }),
  errors: agentErrors,
  examples: [{ title: 'Freeze', input: { vm: 'web', action: 'freeze' }, output: { state: 'frozen', fileSystems: 2 } }],
});
