import { countdown } from './countdown.ts';
import type { TextRule } from './rule.ts';

export const bootMenuId = 'boot-menu-waits';

/** Places where a boot waits for a person. None of them is a failure of its own, and none is a login. */
export const waitingRules: readonly TextRule[] = [
  {
    id: 'initramfs-shell',
    state: 'inconclusive',
    reason:
      'The boot ended in the shell of the initial file system, most often because the root file system was not found.',
    where: 'prompt',
    patterns: [/^\(initramfs\)/],
    seconds: 3,
    still: true,
  },
  {
    id: 'initramfs-shell',
    state: 'inconclusive',
    reason: 'The root file system was not found, and the boot ended in the shell of the initial file system.',
    where: 'end',
    patterns: [/^ALERT! .*does not exist\. +Dropping to a shell!/, /^(?:mount: )?.*can't find \/root in \/etc\/fstab/],
    seconds: 10,
    still: true,
  },
  {
    id: 'emergency-shell',
    state: 'inconclusive',
    reason: 'The system started only its emergency shell.',
    where: 'end',
    patterns: [
      /\bYou are in (?:emergency|rescue) mode\b/,
      /^(?:Entering|Starting) emergency (?:mode|shell)\b/i,
      /^Give root password for (?:maintenance|login)\b/i,
      /^Press Enter for (?:maintenance|emergency shell)\b/i,
      /^\(?or (?:press|type) Control-D to continue\)?:/i,
      /^Cannot open access to console, the root account is locked/i,
      /^Enter full pathname of shell or RETURN for \/bin\/sh/,
      /^(?:dracut|switch_root|emergency):\/[^#]*# *$/,
    ],
    seconds: 4,
    still: true,
  },
  {
    id: 'passphrase-prompt',
    state: 'inconclusive',
    reason: 'The system waits for the passphrase of an encrypted disk.',
    where: 'prompt',
    patterns: [/^(?:Please )?(?:unlock disk|enter (?:the )?pass ?phrase for)\b.*:?/i, /\bEnter passphrase for hd\d/i],
    seconds: 4,
    still: true,
  },
  {
    id: 'file-system-check-failed',
    state: 'inconclusive',
    reason: 'The check of a file system failed and asks for a person.',
    where: 'end',
    patterns: [/UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY/i],
    seconds: 8,
    still: true,
  },
  {
    id: 'shell-prompt',
    state: 'inconclusive',
    reason: 'A command shell waits, which is not a login prompt.',
    where: 'prompt',
    patterns: [
      /^\[?[\w.-]+@[\w.-]+[: ][^\s]*\]? ?[#$%][ _█]*$/,
      /^(?:~|\/|\S{0,40}\/) ?[#$] ?_?$/,
      /^(?:sh|bash|ash)-\d[\d.]*[#$] ?_?$/,
      /^[A-Z]:\\[^>]*>_?$/,
    ],
    seconds: 5,
    still: true,
  },
  {
    id: bootMenuId,
    state: 'inconclusive',
    reason: 'A boot menu waits for a choice, without a time limit.',
    where: 'anywhere',
    patterns: [
      /^(?:[│║] *)?(?:GNU )?GRUB +version \d/i,
      /^Choose an operating system to start, or press TAB/i,
      /^(?:ISOLINUX|SYSLINUX|EXTLINUX) \d/,
      /^Use the (?:↑|\^) and (?:↓|v) keys to (?:select|change)/i,
      /^(?:Press \[Tab\] to edit options|Boot in \d+ s\.)/,
    ],
    without: countdown,
    seconds: 15,
    still: true,
    sources: ['screen', 'serial'],
  },
  {
    id: bootMenuId,
    state: 'inconclusive',
    reason: 'A boot prompt waits for an answer, without a time limit.',
    where: 'prompt',
    patterns: [/^boot: ?_?$/],
    seconds: 15,
    still: true,
  },
];
