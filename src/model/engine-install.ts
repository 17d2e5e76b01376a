import { z } from 'zod';
import { byteCount } from './primitives.ts';

export const installMethod = z.enum(['winget', 'download', 'packageManager']);
export type InstallMethod = z.infer<typeof installMethod>;

export const sha512 = z.string().regex(/^[0-9a-fA-F]{128}$/, 'must be 128 hexadecimal digits');

export const engineInstallation = z
  .strictObject({
    changed: z.boolean().describe('False when QEMU was there already, or nothing was to be done but planned.'),
    method: installMethod.optional().describe('Absent when QEMU was there already.'),
    commands: z.array(z.string()).describe('Commands in order: those that ran, or with planOnly those that would.'),
    download: z
      .strictObject({
        url: z.string(),
        bytes: byteCount.optional().describe('Absent where the server does not tell.'),
        sha512: z.string().describe("The publisher's; what was fetched has it."),
        file: z.string().optional().describe('Where the fetched file is kept.'),
      })
      .optional(),
    system: z.string().optional().describe('Path of qemu-system-x86_64 afterwards.'),
    version: z.string().optional(),
    warnings: z.array(z.string()),
  })
  .meta({ title: 'EngineInstallation' });
export type EngineInstallation = z.input<typeof engineInstallation>;

export const driverDisc = z
  .strictObject({
    fetched: z.boolean().describe('False when the file was there already, and with planOnly.'),
    url: z.string(),
    file: z.string().describe('Path of the ISO file.'),
    bytes: byteCount.optional(),
    sha512: z.string().optional().describe('Of the file as it is now.'),
    volume: z.string().optional().describe('Volume name of the disc, which tells the version of the drivers.'),
    verified: z.boolean().describe('True when the hash was held against one given or published.'),
    warning: z.string().optional(),
  })
  .meta({ title: 'DriverDisc' });
export type DriverDisc = z.input<typeof driverDisc>;
