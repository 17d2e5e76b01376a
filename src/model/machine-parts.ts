import { z } from 'zod';
import { byteCount } from './primitives.ts';

/** A disk of a machine, by the provider's own name for it. */
export const machineDisk = z
  .strictObject({
    key: z.string().describe('e.g. "scsi0", "rootfs".'),
    volume: z.string(),
    storage: z.string().optional(),
    sizeBytes: byteCount.optional(),
    media: z.enum(['disk', 'cdrom']),
  })
  .meta({ title: 'MachineDisk', columns: ['key', 'storage', 'sizeBytes', 'media', 'volume'] });
export type MachineDisk = z.infer<typeof machineDisk>;

/** A network card of a machine. */
export const machineAdapter = z
  .strictObject({
    key: z.string().describe('e.g. "net0".'),
    model: z.string().optional(),
    mac: z.string().optional().describe('In upper case, with colons.'),
    bridge: z.string().optional(),
    vlan: z.int().optional(),
    firewall: z.boolean().optional(),
    connected: z.boolean().describe('False when its cable is pulled.'),
    name: z.string().optional().describe("The guest's name of it, where the provider sets that."),
  })
  .meta({ title: 'MachineAdapter', columns: ['key', 'mac', 'model', 'bridge', 'vlan', 'connected'] });
export type MachineAdapter = z.infer<typeof machineAdapter>;

/** A setting in the provider's own words. */
export const settingValue = z.union([z.string(), z.number(), z.boolean()]);
export const machineSettingValues = z.record(z.string(), settingValue);

/** A setting that has been changed and takes effect with the next start. */
export const pendingChange = z
  .strictObject({
    key: z.string(),
    value: z.string().optional().describe('In effect now.'),
    pending: z.string().optional().describe('From the next start on.'),
    delete: z.boolean().optional().describe('True when it goes away with the next start.'),
  })
  .meta({ title: 'PendingChange', columns: ['key', 'value', 'pending', 'delete'] });
export type PendingChange = z.infer<typeof pendingChange>;

/** An address that the guest has on one of its network interfaces. */
export const guestAddress = z
  .strictObject({
    interface: z.string(),
    mac: z.string().optional(),
    family: z.enum(['ipv4', 'ipv6']),
    address: z.string(),
    prefixLength: z.int().optional(),
  })
  .meta({ title: 'GuestAddress', columns: ['interface', 'address', 'prefixLength', 'mac'] });
export type GuestAddress = z.infer<typeof guestAddress>;
