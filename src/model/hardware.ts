import { z } from 'zod';
import { firmware } from './image.ts';
import { byteCount } from './primitives.ts';

const port = z.int().min(1).max(65_535);

/** A port of the host that leads into the guest. */
export const portForward = z.strictObject({
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
  hostAddress: z
    .string()
    .regex(/^(\d{1,3}\.){3}\d{1,3}$/, 'must be an IPv4 address')
    .default('127.0.0.1')
    .describe('0.0.0.0 lets other computers in.'),
  hostPort: port,
  guestPort: port,
});

const shareName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,30}$/, 'must be letters, digits, - _ . and at most 31 of them');

/** A folder of the host that the guest may mount. */
export const sharedFolder = z.strictObject({
  name: shareName.describe('What the guest mounts it by.'),
  path: z.string().min(1).max(32_767),
  readOnly: z.boolean().default(false),
});

/** When a machine that runs is ended: with the server that started it, or not before the host. */
export const machineLifetime = z
  .enum(['server', 'host'])
  .describe('"host": go on when the server that started it ends.');

/** What a kept machine is made of. */
export const hardware = z
  .strictObject({
    firmware,
    machine: z.string(),
    accelerator: z.string().describe('As configured; "auto" takes the first that works.'),
    disks: z.array(
      z.strictObject({
        path: z.string(),
        bus: z.string(),
        sizeBytes: byteCount,
        backing: z.string().optional().describe('Image that it stands on.'),
      }),
    ),
    iso: z.string().optional().describe('Disc in the drive.'),
    network: z.string(),
    forwards: z.array(portForward),
    shares: z.array(sharedFolder),
    lifetime: machineLifetime,
  })
  .meta({ title: 'Hardware', columns: ['machine', 'firmware', 'accelerator', 'network', 'lifetime', 'iso'] });
export type Hardware = z.infer<typeof hardware>;
