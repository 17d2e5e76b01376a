import { loginPrompt } from './login.ts';
import type { TextRule } from './rule.ts';

// [    2.345678][    T1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
// [    2.345678] ---[ end Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100 ]---
const stamp = /^(?:<\d>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?)?/.source;
const linuxPanic = new RegExp(`${stamp}(?:---\\[ end )?Kernel panic - not syncing`);
const rootMissing = new RegExp(
  `${stamp}(?:(?:---\\[ end )?Kernel panic - not syncing: )?VFS: Unable to mount root fs on `,
);

// After a panic there is no login: where one is, the words were those of its banner.
const panic = { state: 'kernel_panic', where: 'anywhere', before: loginPrompt, seconds: 1, still: false } as const;

export const kernelRules: readonly TextRule[] = [
  {
    ...panic,
    id: 'linux-initramfs-damaged',
    reason: 'The Linux kernel could not unpack its initial file system, found no root and stopped with a panic.',
    patterns: [rootMissing],
    // [    1.23] Initramfs unpacking failed: junk within compressed archive
    with: new RegExp(`${stamp}Initramfs unpacking failed: `),
  },
  {
    ...panic,
    id: 'linux-root-missing',
    reason: 'The Linux kernel found no root file system and stopped with a panic.',
    // [    2.34] VFS: Unable to mount root fs on unknown-block(0,0)
    patterns: [rootMissing],
    driver: true,
  },
  {
    ...panic,
    id: 'linux-init-missing',
    reason: 'The Linux kernel found no first program (init) that it can run and stopped with a panic.',
    patterns: [linuxPanic],
    with: new RegExp(
      `${stamp}Kernel panic - not syncing: (?:No (?:working )?init found|Requested init \\S+ failed)|${stamp}(?:Starting init: \\S+ exists but couldn't execute it|Failed to execute \\S+ \\(error -\\d+\\))`,
    ),
  },
  {
    ...panic,
    id: 'linux-panic',
    reason: 'The Linux kernel stopped with a panic.',
    patterns: [linuxPanic],
  },
  {
    id: 'linux-image-damaged',
    state: 'kernel_panic',
    reason: 'The Linux kernel could not unpack itself: its file is damaged, or memory is too small for it.',
    where: 'prompt',
    // XZ-compressed data is corrupt
    //
    //  -- System halted
    patterns: [/^-- System halted\.?$/],
    seconds: 2,
    still: true,
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
