import { z } from 'zod';

export const network = z.strictObject({
  id: z.string(),
  provider: z.string(),
  host: z.string(),
  name: z.string(),
  kind: z.enum(['external', 'internal', 'private', 'nat']),
  machines: z.array(z.string()).describe('Ids of the machines attached.'),
});
export type Network = z.infer<typeof network>;
