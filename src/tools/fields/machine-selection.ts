import { z } from 'zod';

/** One of a list of machines of one host. */
export const listedMachine = z.string().min(1).max(512);

const poolName = z
  .string()
  .max(200)
  .regex(/^[\w.-]+(\/[\w.-]+){0,2}$/, 'must be the name of a pool');

/** Several machines of one host. */
export const someMachines = {
  vms: z.array(listedMachine).min(1).max(500).optional().describe('Ids, numbers or names of machines of the host.'),
  pool: poolName.optional(),
  all: z.boolean().default(false),
  exclude: z.array(listedMachine).max(500).optional().describe('With all: but not these.'),
};
