import { z } from 'zod';

/** One key of the configuration with what holds now. */
export const configurationEntry = z
  .strictObject({
    key: z.string(),
    value: z.unknown().describe('null: nothing, or what vmbridge finds by itself.'),
    source: z.enum(['file', 'default']),
  })
  .meta({ title: 'ConfigurationEntry', columns: ['key', 'value', 'source'] });
export type ConfigurationEntry = z.infer<typeof configurationEntry>;

/** Dotted, e.g. `log.level`. */
export const configurationKey = z.string().min(1).max(500).describe('Dotted, e.g. log.level.');
