import { z } from 'zod';
import { machine } from './machine.ts';

/** A provider, or one of its hosts, that did not answer in time or not at all. */
export const missingPart = z
  .strictObject({
    provider: z.string(),
    host: z.string().optional(),
    reason: z.string(),
    remedy: z.string().optional(),
  })
  .meta({ title: 'MissingPart', columns: ['provider', 'host', 'reason'] });
export type MissingPart = z.infer<typeof missingPart>;

/** A row of a list of machines: with the fields that were asked for, and always its id. */
export const listedMachine = machine
  .partial()
  .required({ id: true })
  .meta({
    title: 'Machine',
    columns: ['name', 'state', 'cpus', 'memoryBytes', 'id'],
  });
export type ListedMachine = z.infer<typeof listedMachine>;

export const machineField = machine.keyof();

/** What a list can be ordered by. */
export const sortKeys = [
  'id',
  'name',
  'provider',
  'host',
  'node',
  'kind',
  'state',
  'cpus',
  'memoryBytes',
  'startedAt',
] as const;
export type SortKey = (typeof sortKeys)[number];

export const sortOrder = z
  .string()
  .regex(
    new RegExp(`^-?(${sortKeys.join('|')})$`),
    `must be one of ${sortKeys.join(', ')}, with "-" before it for descending`,
  );

/** Part of a machine's id, name, node, tags or other texts; case does not matter. */
export const searchText = z.string().min(1).max(200);
