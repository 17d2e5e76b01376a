import { z } from 'zod';

/** How a boot ended, as the screen and the serial line show it. */
export const verdictState = z.enum([
  'login',
  'no_boot_device',
  'bootloader_error',
  'kernel_panic',
  'frozen',
  'host_fault',
  'inconclusive',
]);
export type VerdictState = z.infer<typeof verdictState>;

export const verdict = z.strictObject({
  state: verdictState,
  rule: z.string().describe('Id of the rule that decided, e.g. "text-login-prompt".'),
  reason: z.string().describe('The decision in one sentence.'),
  source: z.enum(['screen', 'serial', 'engine', 'activity']).describe('Where the deciding signal was seen.'),
  line: z.string().optional().describe('The line of text that decided, control characters escaped.'),
  passed: z.boolean().describe('True when the image counts as bootable: the state is "login".'),
});
export type Verdict = z.infer<typeof verdict>;
