import { z } from 'zod';

/** How far a boot came, or why it did not come further: the ladder, lowest rung first, then what stands beside it. */
export const verdictState = z.enum([
  'firmware',
  'no_boot_device',
  'boot_menu',
  'bootloader_error',
  'kernel_started',
  'disk_check',
  'updating',
  'kernel_panic',
  'blue_screen',
  'emergency_shell',
  'recovery',
  'bitlocker_recovery',
  'login',
  'graphical_login',
  'desktop',
  'agent_ready',
  'reboot_loop',
  'frozen',
  'host_fault',
  'inconclusive',
]);
export type VerdictState = z.infer<typeof verdictState>;

/** The states that can count as bootable; which of them do is the caller's policy. */
export const passingState = z.enum(['login', 'graphical_login', 'desktop', 'agent_ready']);
export type PassingState = z.infer<typeof passingState>;

/** How sure a rule is of what it concludes. */
export const certainty = z.enum(['certain', 'likely', 'possible']);
export type Certainty = z.infer<typeof certainty>;

export const verdict = z
  .strictObject({
    state: verdictState,
    rule: z.string().describe('Id of the rule that decided, e.g. "text-login-prompt"; docs/verdicts.md explains it.'),
    certainty: certainty.describe('How sure the rule is.'),
    reason: z.string().describe('The decision in one sentence.'),
    source: z.enum(['screen', 'serial', 'engine', 'activity', 'agent']).describe('Where the deciding signal was seen.'),
    line: z.string().optional().describe('The line of text that decided, control characters escaped.'),
    stopCode: z.string().optional().describe('The stop code of a blue screen, or the status of a boot manager.'),
    failedModule: z.string().optional().describe('The module that a blue screen blames.'),
    restarts: z.int().min(0).optional().describe('How often the guest restarted itself before.'),
    passed: z.boolean().describe('True when the image counts as bootable under the policy.'),
  })
  .meta({ title: 'Verdict', columns: ['state', 'passed', 'certainty', 'rule', 'reason'] });
export type Verdict = z.infer<typeof verdict>;
