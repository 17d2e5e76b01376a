import { z } from 'zod';

/** A name that only the run itself finds, such as that of a temporary folder, stands in angle brackets: `<new folder>`. */
export const planStep = z.strictObject({
  summary: z.string().min(1).describe('What happens, in one line for people.'),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Program and arguments, each as it would be passed; no shell takes part.'),
  request: z
    .strictObject({ to: z.string(), body: z.unknown() })
    .optional()
    .describe('What would be sent, and to whom, e.g. a QMP command to a machine.'),
  file: z
    .strictObject({ action: z.enum(['create', 'write', 'move', 'delete']), path: z.string() })
    .optional()
    .describe('File or folder of the host that would be touched.'),
  condition: z.string().optional().describe('When it happens, where it may not.'),
});
export type PlanStep = z.infer<typeof planStep>;

/** What a call would do, made by the provider that would do it; nothing has been changed. */
export const plan = z.strictObject({
  tool: z.string(),
  effect: z.enum(['read', 'create', 'change', 'destroy']),
  target: z.string().optional().describe('Id of the machine, or path, that it is about.'),
  steps: z.array(planStep).describe('In order; empty when there is nothing to do.'),
});
export type Plan = z.infer<typeof plan>;

/** How a plan names the folder that the run makes for itself. */
export const runFolderName = '<run folder>';
