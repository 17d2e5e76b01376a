import { grubPause } from './boot-loader.ts';
import { countdown } from './countdown.ts';
import type { TextRule } from './rule.ts';

export const bootMenuId = 'boot-menu-waits';
const fileSystemDamagedId = 'file-system-check-failed';
const emergencyMode = [/\bYou are in (?:emergency|rescue) mode\b/, /^Press Enter for maintenance\b/i];
const dracutGaveUp =
  /^(?:dracut|switch_root|emergency):\/[^#]*#|\bEntering emergency mode\b|^Press Enter for maintenance/;

/** Places where a boot waits for a person, none of which is a login. */
export const waitingRules: readonly TextRule[] = [
  {
    id: fileSystemDamagedId,
    state: 'emergency_shell',
    reason: 'The root file system has errors that its check does not mend by itself; the boot waits for a person.',
    where: 'prompt',
    patterns: [/^\(initramfs\)/],
    with: /\bUNEXPECTED INCONSISTENCY\b|\brequires a manual fsck\b/i,
    seconds: 3,
    still: true,
  },
  {
    id: 'init-missing',
    state: 'emergency_shell',
    reason: 'The root file system holds no first program (init) that could be started.',
    where: 'prompt',
    patterns: [/^\(initramfs\)/],
    with: /^(?:No init found\. Try passing init=|Target filesystem doesn't have requested )/,
    seconds: 3,
    still: true,
  },
  {
    id: 'root-not-mounted',
    state: 'emergency_shell',
    reason: 'The root file system was found and could not be mounted.',
    where: 'prompt',
    patterns: [/^\(initramfs\)/],
    // mount: mounting /dev/sda1 on /root failed: Invalid argument
    with: /^(?:mount: mounting \S+ on \/root failed: (?!No such (?:file|device))|mount: \/root: wrong fs type)/,
    without: /^ALERT! /,
    seconds: 3,
    still: true,
  },
  {
    id: 'initramfs-shell',
    state: 'emergency_shell',
    reason:
      'The boot ended in the shell of the initial file system, most often because the root file system was not found.',
    where: 'prompt',
    patterns: [/^\(initramfs\)/],
    seconds: 3,
    still: true,
    driver: true,
  },
  {
    id: 'initramfs-shell',
    state: 'emergency_shell',
    reason: 'The root file system was not found, and the boot ended in the shell of the initial file system.',
    where: 'end',
    patterns: [
      /^ALERT! .*does not exist\. +Dropping to a shell!/,
      /^(?:mount: )?.*can't find \/root in \/etc\/fstab/,
      // Alpine, Arch, Gentoo, NixOS
      /^initramfs emergency recovery shell launched\b/i,
      /^(?:You are now being dropped into an emergency shell\b|\[rootfs [^\]]*\]#)/,
      /^!! (?:Block device \S+ is not a valid root device|Could not find the root block device)/,
      /^An error occurred in stage 1 of the boot process\b/,
      // FreeBSD: Mounting from ufs:/dev/ada0p2 failed with error 19.
      /^mountroot>/,
    ],
    seconds: 10,
    still: true,
    driver: true,
  },
  {
    id: 'dracut-shell',
    state: 'emergency_shell',
    reason: 'The initial file system (dracut) gave up looking for the root device and started its emergency shell.',
    where: 'anywhere',
    // [  192.1] dracut-initqueue[412]: Warning: dracut-initqueue: timeout, still waiting for following initqueue hooks:
    // Warning: /dev/disk/by-uuid/1234 does not exist
    patterns: [/\bWarning: (?:Could not boot|\/dev\/\S+ does not exist)\b/],
    with: dracutGaveUp,
    seconds: 3,
    still: true,
    driver: true,
  },
  {
    id: 'dracut-shell-late',
    state: 'emergency_shell',
    reason: 'The initial file system (dracut) could not go on to the root file system and started its emergency shell.',
    where: 'anywhere',
    patterns: [/^Generating "\/run\/initramfs\/rdsosreport\.txt"/],
    with: dracutGaveUp,
    seconds: 3,
    still: true,
  },
  {
    id: 'emergency-shell-device',
    state: 'emergency_shell',
    reason: 'A device of the system was not found, and it started only its emergency shell.',
    where: 'end',
    patterns: emergencyMode,
    // [ TIME ] Timed out waiting for device dev-vda2.device - /dev/vda2.
    with: /\bTimed out waiting for device \S*dev/,
    seconds: 4,
    still: true,
    driver: true,
  },
  {
    id: 'emergency-shell-file-system',
    state: 'emergency_shell',
    reason: 'A file system of the system could not be checked or mounted, and it started only its emergency shell.',
    where: 'end',
    patterns: emergencyMode,
    // [FAILED] Failed to start systemd-fsck-root.service - File System Check on Root Device.
    // [  147.3] EXT4-fs error (device sda1): ext4_lookup:1860: inode #7683: comm fsck: deleted inode referenced: 1509
    with: /^(?:\[FAILED\] )?Failed to (?:start|mount) (?:\S+ - )?(?:File System Check|\/)|\bUNEXPECTED INCONSISTENCY\b|\] (?:EXT4-fs error|XFS \(\S+\): (?:Metadata )?[Cc]orruption|BTRFS (?:error|critical))/,
    seconds: 4,
    still: true,
  },
  {
    id: 'emergency-shell-device',
    state: 'emergency_shell',
    reason: 'A device of the system was not found, and it started only its emergency shell.',
    where: 'end',
    patterns: emergencyMode,
    with: /^\[DEPEND\] Dependency failed for (?:\S+ - )?(?:\/|Local File Systems|File System Check)/,
    seconds: 4,
    still: true,
    driver: true,
  },
  {
    id: 'emergency-shell',
    state: 'emergency_shell',
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
    // 🔐 Please enter passphrase for disk data (private): (press TAB for no echo)
    patterns: [
      /^[^A-Za-z]{0,4}(?:Please )?(?:unlock disk|enter (?:the )?pass ?phrase for)\b/i,
      /\bEnter passphrase for hd\d/i,
      /^Enter password(?: for [^:]{1,80})?: ?[*_]*$/i,
    ],
    seconds: 4,
    still: true,
  },
  {
    id: fileSystemDamagedId,
    state: 'emergency_shell',
    reason: 'The check of a file system failed and asks for a person.',
    where: 'end',
    // Where that is the end, a prompt follows, which other rules know; without one the boot may go on with other file systems.
    patterns: [/UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY/i],
    seconds: 40,
    still: true,
  },
  {
    id: 'shell-prompt',
    state: 'inconclusive',
    reason: 'A command shell waits, which is not a login prompt.',
    where: 'prompt',
    patterns: [
      /^\[?[\w.-]+@(?:[\w.-]+|\(none\))[: ][^\s]*\]? ?[#$%][ _█]*$/,
      // dash as the first program: "# "
      /^[#$] ?_?$/,
      /^(?:~|\/|\S{0,40}\/) ?[#$] ?_?$/,
      /^(?:sh|bash|ash)-\d[\d.]*[#$] ?_?$/,
      /^[A-Z]:\\[^>]*>_?$/,
    ],
    seconds: 5,
    still: true,
  },
  {
    id: 'memory-test',
    state: 'inconclusive',
    reason: 'A memory test runs, which is no operating system.',
    where: 'anywhere',
    patterns: [/^Memtest86\+? +v\d/],
    with: /\bPass\b.*\d/,
    seconds: 5,
    still: false,
    sources: ['screen'],
  },
  {
    id: 'dialog-waits',
    state: 'inconclusive',
    reason: 'A set-up program or installer waits for an answer.',
    where: 'end',
    patterns: [
      /^<Tab> moves; <Space> selects; <Enter> activates buttons/,
      /^Please make (?:a|your) (?:selection|choice) from .*:/,
      /\(empty to skip(?:, "list" to list options)?\):/,
      /(?:^|[ │])<(?:Go Back|OK|Yes|No|Cancel|Continue|Next)>(?:[ │]|$)/i,
    ],
    seconds: 10,
    still: true,
  },
  {
    id: bootMenuId,
    state: 'boot_menu',
    reason: 'A boot menu waits for a choice, without a time limit.',
    where: 'anywhere',
    patterns: [
      /^(?:[│║] *)?(?:GNU )?GRUB +version \d/i,
      /^Choose an operating system to start, or press TAB/i,
      /^Use the (?:↑|\^) and (?:↓|v) keys to (?:select|change)/i,
      /^(?:Press \[Tab\] to edit options|Boot in \d+ s\.)/,
      /^(?:Use arrow keys to move cursor; Enter to boot|Insert, Tab, or F2 for more options)/,
    ],
    without: countdown,
    seconds: 15,
    still: true,
    sources: ['screen', 'serial'],
  },
  {
    id: bootMenuId,
    state: 'boot_menu',
    reason: 'A boot prompt waits for an answer, without a time limit.',
    where: 'prompt',
    // SYSLINUX does not show its time limit here. Its banner alone tells nothing: that stands there while a kernel unpacks itself.
    patterns: [/^boot: ?_?$/],
    seconds: 40,
    still: true,
  },
  {
    id: 'key-awaited',
    state: 'inconclusive',
    reason: 'The machine asks for a key to be pressed.',
    where: 'end',
    patterns: [
      /\b(?:press|hit|strike) (?:the )?(?:\[?enter\]?|return|space|any key|a key)\b/i,
      /\b(?:arrow|cursor) keys\b.*\b(?:select|move|choose|navigate|highlight)/i,
    ],
    without: new RegExp(`${countdown.source}|${grubPause.source}`, 'i'),
    seconds: 20,
    still: true,
  },
  {
    id: 'system-halted',
    state: 'inconclusive',
    reason: 'The system shut itself down, and its machine stays on.',
    where: 'end',
    // [   12.3] reboot: System halted
    patterns: [/^\[ *\d+\.\d+\] (?:reboot: )?(?:System halted|Power down)\.?$/, /^The system has halted\./],
    seconds: 3,
    still: true,
  },
];
