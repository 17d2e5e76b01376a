import type { PhaseMark } from './rule.ts';

/** Signs that a phase has begun, latest phase first. */
export const phaseMarks: readonly PhaseMark[] = [
  {
    phase: 'user_space',
    message: 'The system starts its services.',
    pattern:
      /^(?:\[ *\d+\.\d+\] )?(?:systemd\[1\]: |Run \/(?:sbin\/|bin\/)?init as init process|Welcome to (?!GRUB).+[!.]$|INIT: version |OpenRC |init started: )|^\[ +OK +\] |^\S+ login: /,
  },
  {
    phase: 'kernel',
    message: 'The kernel starts.',
    pattern:
      /^(?:\[ *\d+\.\d+\]|Linux version \d|Decompressing Linux|Booting the kernel|KDB: debugger backends|Copyright \(c\) 1992-\d+ The FreeBSD|Loading, please wait\.\.\.|early console in )/,
  },
  {
    phase: 'boot_loader',
    message: 'A boot loader runs.',
    pattern:
      /^(?:Welcome to GRUB!|GRUB(?: loading\.?| Loading)|grub(?: rescue)?>|(?:[│║] *)?(?:GNU )?GRUB +version|Booting `|Loading Linux |Loading initial ramdisk|(?:ISO|SYS|EXT)LINUX \d|EFI stub: |systemd-boot|Windows Boot Manager|error: |>> FreeBSD\/|LILO |\/EndEntire)/,
  },
];
