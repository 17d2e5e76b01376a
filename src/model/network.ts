import { z } from 'zod';

export const network = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    host: z.string(),
    name: z.string(),
    kind: z.enum(['external', 'internal', 'private', 'nat']),
    machines: z.array(z.string()).describe('Ids of the machines attached.'),
  })
  .meta({ title: 'Network', columns: ['name', 'provider', 'kind', 'machines', 'id'] });
/** A network's name or id. */
export const networkReference = z.string().max(200).meta({ refersTo: 'network' });

export type Network = z.infer<typeof network>;
