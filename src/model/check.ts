import { z } from 'zod';
import { seconds } from './primitives.ts';

/** What is to be checked of a guest beyond its screen, once its boot has passed. */
export const proofChecks = z.strictObject({
  agent: z.boolean().optional().describe('The guest agent answers.'),
  ports: z.array(z.int().min(1).max(65_535)).max(64).optional().describe('TCP ports that accept a connection.'),
  files: z
    .array(
      z.strictObject({
        path: z.string().min(1).max(4096),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/i)
          .optional(),
      }),
    )
    .max(64)
    .optional()
    .describe('Files of the guest that are there.'),
  commands: z
    .array(z.strictObject({ command: z.string().min(1).max(4096), exitCode: z.int().default(0) }))
    .max(64)
    .optional()
    .describe("Lines for the guest's shell, by agent, or typed at the text login as user."),
  volumes: z.boolean().optional().describe('All volumes are readable and their file systems clean.'),
  user: z.string().min(1).max(256).optional(),
  password: z.string().max(1024).meta({ secret: true }).optional(),
});
export type ProofChecks = z.infer<typeof proofChecks>;

export const checkResult = z
  .strictObject({
    check: z.string().describe('What was checked, e.g. "port 22".'),
    passed: z.boolean(),
    detail: z.string().describe('What was found, in one sentence.'),
    seconds,
  })
  .meta({ title: 'CheckResult', columns: ['check', 'passed', 'seconds', 'detail'] });
export type CheckResult = z.infer<typeof checkResult>;
