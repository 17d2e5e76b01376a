import { z } from 'zod';
import { driverDisc, engineInstallation, installMethod, sha512 } from '../model/engine-install.ts';
import { defineTool } from './define-tool.ts';

const exampleHash =
  '9069710807c6c8c00d8194ecf77871144d072656406c1d35306c1ea3eee268e6bb48214efc07286bdd992ecf30f8d5fd869586f8cfa8ecdb2a0b156e5ee0d2be';

export const engineInstall = defineTool({
  id: 'engine.install',
  cmdlet: 'Install-VmbEngine',
  group: 'engine',
  summary: "Install QEMU: by the system's package manager, by winget, or the official Windows build.",
  description:
    'Tells each command before it runs, and the size before anything is fetched. A download is resumed after a break and used only with the right SHA-512. Does nothing when QEMU and UEFI firmware are there.',
  effect: 'change',
  idempotent: true,
  long: true,
  effectBy: { field: 'planOnly', values: { true: 'read' } },
  undo: { irreversible: 'Remove it as this system removes programs.' },
  input: z.strictObject({
    planOnly: z.boolean().default(false).describe('Only tell what would be done.'),
    method: z
      .enum(['auto', ...installMethod.options])
      .default('auto')
      .describe('"winget" and "download" are for Windows, "packageManager" for other systems.'),
    force: z.boolean().default(false).describe('Install even if QEMU is there.'),
  }),
  output: engineInstallation,
  errors: ['unavailable', 'unsupported', 'denied', 'busy', 'host_fault', 'not_found', 'conflict'],
  examples: [
    {
      title: 'What would be done',
      input: { planOnly: true },
      output: {
        changed: false,
        method: 'packageManager',
        commands: ['sudo -n apk add qemu-system-x86_64 qemu-img ovmf'],
        warnings: [],
      },
    },
    {
      title: 'The official build on Windows',
      input: { method: 'download' },
      output: {
        changed: true,
        method: 'download',
        commands: [],
        download: {
          url: 'https://qemu.weilnetz.de/w64/qemu-w64-setup-20251210.exe',
          bytes: 196_123_456,
          sha512: exampleHash,
          file: 'C:\\Users\\Ada\\AppData\\Local\\vmbridge\\cache\\downloads\\qemu-w64-setup-20251210.exe',
        },
        system: 'C:\\Users\\Ada\\AppData\\Local\\vmbridge\\engine\\qemu-system-x86_64.exe',
        version: '10.2.0',
        warnings: [],
      },
    },
  ],
});

export const engineDrivers = defineTool({
  id: 'engine.drivers',
  cmdlet: 'Save-VmbEngineDriver',
  group: 'engine',
  summary: 'Fetch the disc with VirtIO drivers for Windows guests.',
  description:
    'Its publisher names no hash: without sha512 the answer says that the file could not be verified. A file that is there is never replaced.',
  effect: 'create',
  idempotent: true,
  long: true,
  effectBy: { field: 'planOnly', values: { true: 'read' } },
  undo: { irreversible: 'It made something new, which can be removed by hand.' },
  input: z.strictObject({
    planOnly: z.boolean().default(false).describe('Only tell address and size.'),
    file: z
      .string()
      .min(1)
      .max(32_767)
      .regex(/^[^\0]+$/, 'must not contain a NUL character')
      .meta({ refersTo: 'newFile' })
      .optional()
      .describe('Absolute path for the ISO file. Default: below the data folder.'),
    sha512: sha512.optional().describe('Hash that the file must have, from a source you trust.'),
  }),
  output: driverDisc,
  errors: ['unavailable', 'denied', 'host_fault', 'not_found', 'conflict'],
  examples: [
    {
      title: 'Fetch',
      input: {},
      output: {
        fetched: true,
        url: 'https://fedorapeople.org/groups/virt/virtio-win/direct-downloads/stable-virtio/virtio-win.iso',
        file: '/home/ada/.local/share/vmbridge/drivers/virtio-win.iso',
        bytes: 789_645_312,
        sha512: exampleHash,
        volume: 'virtio-win-0.1.285',
        verified: false,
        warning: 'The publisher names no SHA-512 of this file, so it could not be verified.',
      },
    },
  ],
});
