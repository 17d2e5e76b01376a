import { z } from 'zod';

export const providerId = z.string().max(64).meta({ refersTo: 'provider' });

/** One small check of "can this provider be used here?". */
export const probeCheck = z
  .strictObject({
    name: z.string(),
    passed: z.boolean(),
    reason: z.string().describe('What was found.'),
    remedy: z.string().optional().describe('What mends it, as a command where there is one.'),
  })
  .meta({ title: 'ProbeCheck', columns: ['name', 'passed', 'reason', 'remedy'] });
export type ProbeCheck = z.infer<typeof probeCheck>;

export const providerReport = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    available: z.boolean(),
    checks: z.array(probeCheck),
    tools: z.array(z.string()).describe('Ids of the tools that it answers.'),
    without: z.record(z.string(), z.array(z.string())).describe('Fields that it refuses, by tool id.'),
  })
  .meta({ title: 'Provider', columns: ['id', 'title', 'available', 'checks'] });
export type ProviderReport = z.infer<typeof providerReport>;
