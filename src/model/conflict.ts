import { z } from 'zod';

/** Things that get in each other's way: a disk with two owners, the same address twice. */
export const inventoryConflict = z
  .strictObject({
    kind: z.enum(['disk', 'mac', 'name', 'uuid', 'hypervisors']),
    severity: z.enum(['error', 'warning']).describe('"error": harm is to be expected while both are in use.'),
    what: z.string().describe('The disk, address, name or UUID.'),
    machines: z.array(z.string()).describe('Ids of those that share it.'),
    reason: z.string(),
    remedy: z.string(),
  })
  .meta({ title: 'InventoryConflict', columns: ['kind', 'severity', 'what', 'machines', 'reason'] });
export type InventoryConflict = z.infer<typeof inventoryConflict>;

/** Machines whose disks and addresses are not known, and why. */
export const unseenMachines = z
  .strictObject({ provider: z.string(), host: z.string(), count: z.int(), reason: z.string() })
  .meta({ title: 'UnseenMachines', columns: ['provider', 'host', 'count', 'reason'] });
export type UnseenMachines = z.infer<typeof unseenMachines>;

/**
 * What of a machine nothing else may have. `disks` are those that it writes to: absolute real paths, or names that are the
 * same wherever they are seen from, e.g. `pve:<cluster>/local-lvm:vm-100-disk-0`. Discs and backing files, which several may read, are left out.
 */
export interface MachineFacts {
  readonly id: string;
  readonly disks: readonly string[];
  /** In upper case, with colons. */
  readonly macs: readonly string[];
  /** Of its SMBIOS, in lower case. */
  readonly uuid?: string | undefined;
  /** Why nothing is known of it; its lists are empty then. */
  readonly problem?: string | undefined;
}
