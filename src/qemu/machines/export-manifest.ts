import { z } from 'zod';
import { firmware } from '../../model/image.ts';
import { machineName } from '../../model/machine.ts';

/** The file in an export that says what the machine is made of. */
export const manifestFile = 'machine.json';
export const manifestFormat = 'vmbridge machine';
export const manifestVersion = 1;

const gibibyte = 2 ** 30;

/** A file beside the manifest: a plain name, so that none leads out of the folder. */
const exportedFile = {
  file: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be the plain name of a file in the export'),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
};

const port = z.int().min(1).max(65_535);
const shareName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,30}$/);

/**
 * What an export says. Ids, paths, accelerator, lifetime and the host's network devices are left out, since they belong to
 * the host. Forwards and the names of shares are there to be told to people: no file from elsewhere opens a port or a folder.
 */
export const exportManifest = z.object({
  format: z.literal(manifestFormat),
  version: z.literal(manifestVersion),
  exportedAt: z.iso.datetime(),
  name: machineName,
  firmware,
  machine: z.enum(['q35', 'pc']),
  cpus: z.int().min(1).max(256),
  memoryBytes: z
    .int()
    .min(64 * 2 ** 20)
    .max(16 * 1024 * gibibyte),
  disks: z
    .array(
      z.object({
        ...exportedFile,
        bus: z.enum(['ahci', 'nvme', 'ide', 'virtio']),
        sectorSize: z.literal([512, 4096]).optional(),
      }),
    )
    .max(64),
  /** UEFI variables, in qcow2. */
  variables: z.object(exportedFile).optional(),
  networks: z
    .array(
      z.object({
        kind: z.enum(['user', 'restricted', 'bridge', 'tap']),
        // The second digit is even: not an address of many.
        mac: z.string().regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/),
      }),
    )
    .max(8),
  forwards: z.array(z.object({ protocol: z.enum(['tcp', 'udp']), hostPort: port, guestPort: port })).max(64),
  shares: z.array(shareName).max(64),
});
export type ExportManifest = z.infer<typeof exportManifest>;
export type ExportedFile = NonNullable<ExportManifest['variables']>;
