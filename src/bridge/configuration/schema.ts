import path from 'node:path';
import { z } from 'zod';
import { isTrustworthy } from '../../host/download/check-url.ts';
import { logLevels } from '../../host/log.ts';
import { acceleratorName } from '../../model/engine.ts';
import { hostName, hostSettings } from '../../model/host.ts';

// A relative one would depend on the folder in which a client happens to start its servers.
const absolutePath = z.string().refine(path.isAbsolute, 'has to be an absolute path');

// What comes from there is run or booted, and its hash comes from the same server.
const downloadAddress = z.string().refine(text => {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '' && isTrustworthy(url);
}, 'has to be an https address without credentials; http is only for this machine itself');

/** The configuration file. Every key may be left out. */
export const configurationSchema = z.strictObject({
  readOnly: z.boolean().optional().describe('Refuse every tool that changes anything.'),
  groups: z.array(z.string().min(1)).min(1).optional().describe('Offer only the tools of these groups.'),
  machines: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Patterns of ids or names; no other machine is shown or touched.'),
  log: z
    .strictObject({
      level: z.enum(logLevels).optional().describe('Least level in the log file. Default "info".'),
      stderr: z
        .enum([...logLevels, 'silent'])
        .optional()
        .describe('Least level on stderr. Default "warn".'),
    })
    .optional(),
  engine: z
    .strictObject({
      system: absolutePath.optional().describe('Path of qemu-system-x86_64.'),
      img: absolutePath.optional().describe('Path of qemu-img.'),
      firmwareFolders: z.array(absolutePath).optional().describe('More folders to look for UEFI firmware in.'),
      accelerator: z.enum(['auto', ...acceleratorName.options]).optional(),
      downloadUrl: downloadAddress.optional().describe('Where to look for Windows builds of QEMU.'),
      driversUrl: downloadAddress.optional().describe('Address of the disc with VirtIO drivers.'),
    })
    .optional(),
  providers: z
    .record(z.string(), z.looseObject({ enabled: z.boolean().optional() }))
    .optional()
    .describe('Settings by provider id; "enabled" switches one on or off.'),
  approvals: z
    .strictObject({
      ask: z
        .array(z.enum(['change', 'destroy']))
        .optional()
        .describe('What a person has to approve when a model asks; what destroys is asked about always.'),
      minutes: z.int().min(1).max(1440).optional().describe('How long a person may take to decide.'),
    })
    .optional(),
  inventory: z
    .strictObject({
      deadlineSeconds: z
        .number()
        .min(0.1)
        .max(60)
        .optional()
        .describe('How long a host may take for its part of a list.'),
      watchSeconds: z.number().min(0.5).max(3600).optional().describe('How often what is watched is looked at.'),
    })
    .optional(),
  hosts: z.record(hostName, hostSettings).optional().describe('Hosts by name: how each is reached, and who asks.'),
});
export type Configuration = z.infer<typeof configurationSchema>;
