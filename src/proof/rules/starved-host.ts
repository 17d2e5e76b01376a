import type { TextRule } from './rule.ts';

/** The rule of a host on which a boot is worth another try, with everything as it was. */
export const starvedHostId = 'linux-timer-starved';

/** What a system says when the host does not let QEMU run for long enough at the right moment: no word on the image. */
export const starvedHostRules: readonly TextRule[] = [
  {
    id: starvedHostId,
    state: 'host_fault',
    reason: 'The host is so busy that the Linux kernel found no timer that works, and stopped with a panic.',
    where: 'anywhere',
    // [    0.048000] Kernel panic - not syncing: IO-APIC + timer doesn't work!  Boot with apic=debug and send a report.
    patterns: [
      /^(?:<\d>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?)?(?:---\[ end )?Kernel panic\b.*: IO-APIC \+ timer doesn't work/,
    ],
    seconds: 1,
    still: false,
  },
];
