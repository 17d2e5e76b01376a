import type { TextRule } from './rule.ts';

// [    2.345678][    T1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
// [    2.345678] ---[ end Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100 ]---
const linuxPanic = /^(?:<\d>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?)?(?:---\[ end )?Kernel panic - not syncing/;

export const kernelRules: readonly TextRule[] = [
  {
    id: 'linux-root-missing',
    state: 'kernel_panic',
    reason: 'The Linux kernel found no root file system and stopped with a panic.',
    where: 'anywhere',
    // [    2.34] VFS: Unable to mount root fs on unknown-block(0,0)
    patterns: [
      /^(?:<\d>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?)?(?:(?:---\[ end )?Kernel panic - not syncing: )?VFS: Unable to mount root fs on /,
    ],
    seconds: 1,
    still: false,
    driver: true,
  },
  {
    id: 'linux-panic',
    state: 'kernel_panic',
    reason: 'The Linux kernel stopped with a panic.',
    where: 'anywhere',
    patterns: [linuxPanic],
    seconds: 1,
    still: false,
  },
  {
    id: 'bsd-panic',
    state: 'kernel_panic',
    reason: 'The BSD kernel stopped with a panic.',
    where: 'anywhere',
    patterns: [/^panic(?:\[?cpu\d+\]?)?: \S/],
    with: /^(?:cpuid = \d|KDB: |db> ?|ddb\{?\d*\}?> ?|Uptime: |syncing disks|Stopped at |mp_lock = |Begin traceback)/,
    seconds: 1,
    still: false,
  },
  {
    id: 'macos-panic',
    state: 'kernel_panic',
    reason: 'The Darwin kernel stopped with a panic.',
    where: 'anywhere',
    patterns: [/^panic\(cpu \d+ caller 0x/],
    seconds: 1,
    still: false,
  },
];
