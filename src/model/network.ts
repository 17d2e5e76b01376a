import { z } from 'zod';

export const networkChange = z.enum(['new', 'changed', 'deleted']);

export const network = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    host: z.string(),
    name: z.string(),
    kind: z.enum(['external', 'internal', 'private', 'nat']),
    machines: z.array(z.string()).describe('Ids of the machines attached.'),
    type: z.string().optional().describe('The provider\'s own word, e.g. "bridge", "vnet".'),
    node: z.string().optional().describe('Member of the cluster that it is on; none: on all.'),
    active: z.boolean().optional(),
    address: z.string().optional().describe("The host's own on it."),
    ports: z.array(z.string()).optional().describe('Interfaces of the host on it.'),
    vlanAware: z.boolean().optional(),
    zone: z.string().optional(),
    tag: z.int().optional().describe('VLAN or VXLAN.'),
    comment: z.string().optional(),
    pending: networkChange.optional().describe('What waits to be applied.'),
  })
  .meta({ title: 'Network', columns: ['name', 'provider', 'kind', 'machines', 'id'] });
/** A network's name or id. */
export const networkReference = z.string().max(200).meta({ refersTo: 'network' });

export type Network = z.infer<typeof network>;
