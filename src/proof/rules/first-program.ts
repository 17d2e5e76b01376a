import type { TextRule } from './rule.ts';

/** What the first program of a system says when it gives up: nothing follows, though the kernel lives. */
export const firstProgramRules: readonly TextRule[] = [
  {
    id: 'systemd-froze',
    state: 'frozen',
    reason: 'The first program of the system (systemd) gave up and froze.',
    where: 'end',
    // [   58.117647] systemd[1]: Freezing execution.
    // [!!!!!!] Failed to mount API filesystems, freezing.
    patterns: [/\bsystemd\[1\]: Freezing execution\b/, /^\[!{6}\] .*\bfreezing\.?$/i],
    seconds: 3,
    still: true,
  },
];
