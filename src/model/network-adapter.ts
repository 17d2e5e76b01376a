import { z } from 'zod';
import { machineAdapter } from './machine-parts.ts';

/** A network card of a machine, with all that can be set of it. */
export const networkAdapter = machineAdapter
  .extend({
    rate: z.number().optional().describe('Most megabytes a second.'),
    mtu: z.int().optional(),
    address: z.string().optional().describe('Of a container: dhcp, manual, or an address with its prefix.'),
    address6: z.string().optional(),
    gateway: z.string().optional(),
    gateway6: z.string().optional(),
  })
  .meta({ title: 'NetworkAdapter', columns: ['key', 'mac', 'model', 'bridge', 'vlan', 'connected'] });
export type NetworkAdapter = z.infer<typeof networkAdapter>;

/** What can be set of an adapter, as the tools take it: also that something is not there, so that it can be set back. */
export const adapterSettings = z.strictObject({
  network: z.string().optional(),
  model: z.string().optional(),
  mac: z.string().optional(),
  vlan: z.int(),
  firewall: z.enum(['yes', 'no']),
  rate: z.number(),
  connected: z.enum(['yes', 'no']),
  mtu: z.int(),
  name: z.string().optional(),
  address: z.string().optional(),
  gateway: z.string().optional(),
  address6: z.string().optional(),
  gateway6: z.string().optional(),
});
export type AdapterSettings = z.infer<typeof adapterSettings>;
