import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadingMethod } from '../../src/model/proof.ts';
import { classify } from '../../src/proof/classify.ts';
import { listConsoleLines } from '../../src/proof/screen/console-lines.ts';
import { listSerialLines } from '../../src/proof/screen/serial-lines.ts';

/** The rule and state that count most on a screen of 80 columns. */
function judgeScreen(text: string, screenMethod: ReadingMethod = 'vga'): string {
  const screen = listConsoleLines(text.split('\n'), 80);
  const [match] = classify({ screen, screenMethod, serial: [], firmware: [] });
  return match ? `${match.rule.state} ${match.rule.id}` : 'nothing';
}

function judgeSerial(text: string): string {
  const [match] = classify({ screen: [], screenMethod: 'none', serial: listSerialLines(text), firmware: [] });
  return match ? `${match.rule.state} ${match.rule.id}` : 'nothing';
}

function wrap(text: string): string {
  return text.replace(/.{80}(?=.)/g, '$&\n');
}

const login = 'login text-login-prompt';

describe('a login prompt', () => {
  it.each([
    ['with the host name', 'Debian GNU/Linux 12 debian tty1\n\ndebian login:'],
    ['with a cursor', 'Debian GNU/Linux 12 debian tty1\n\ndebian login: _'],
    ['without a host name, as BSD has it', 'FreeBSD/amd64 (box) (ttyv0)\n\nlogin: '],
    ['with dots and dashes in the name', 'web-01.example.org login:    '],
    ['of a router', 'MikroTik v7.8 (stable)\nMikroTik Login: '],
    ['of a Solaris', 'Hostname: box\nbox console login: '],
    ['below which blank lines follow', 'localhost login:\n\n\n   \n'],
    ['on whose line the kernel wrote', 'debian login: [   14.285332] random: crng init done'],
    [
      'below which the kernel wrote',
      'debian login:\n[   14.285332] e1000e 0000:00:02.0 eth0: NIC Link is Up\n[   15.001] ok',
    ],
    ['below which services reported', 'debian login: \n[  OK  ] Started cron.service - Regular background program.'],
    [
      'below which cloud-init wrote',
      'debian login: [   20.1] cloud-init[600]: x\nci-info: +++Authorized keys+++\n<14>Nov 23 06:32:01 ec2: ####',
    ],
    ['after a session that has ended', 'Last login: Mon Nov 23 06:32:01 on tty1\nlogout\n\ndebian login:'],
  ])('is seen %s', (_, text) => {
    expect(judgeScreen(text)).toBe(login);
  });

  it('is seen below a kernel message that the console wrapped', () => {
    const message =
      '[   14.285332] systemd-journald[213]: Received client request to flush runtime journal and to do other things';
    expect(judgeScreen(wrap(`debian login: \n${message}\n`))).toBe(login);
    expect(judgeScreen(`debian login: \n${wrap(message)}\n`)).toBe(login);
  });

  it('is seen below a row that is exactly full', () => {
    expect(judgeScreen(`${'x'.repeat(80)}\ndebian login:`)).toBe(login);
  });

  it('is seen on a serial line among escape sequences', () => {
    expect(judgeSerial('\x1b[2J\x1b[01;01H\r\nDebian GNU/Linux 12 debian ttyS0\r\n\r\n\x1b[?2004hdebian login: ')).toBe(
      login,
    );
    expect(judgeSerial('\x1bc\x1b]0;title\x07localhost login: \x1b[6n')).toBe(login);
  });

  it.each([
    ['the time of the last login', 'Last login: Mon Nov 23 06:32:01 UTC 2026 on tty1'],
    ['the same, cut off', 'Last login:'],
    ['systemd-logind', '[  OK  ] Started systemd-logind.service - User Login Management.'],
    ['a failed login in a log', 'sshd[77]: Failed password, invalid login: root'],
    ['text that speaks of it', 'Please type your name at the login:'],
    ['a prompt that was answered', 'debian login: root\nPassword: '],
    ['a prompt before a restart', 'debian login: \n[   99.1] reboot: Restarting system'],
    [
      'a prompt before another kernel',
      'debian login: \n[    0.000000] Linux version 6.1.0-50-amd64 (debian-kernel)\n[    0.1] x',
    ],
    ['a prompt with other text below', 'debian login:\nroot@debian:~# '],
    ['a question in a boot loader', 'Enter username:'],
  ])('is not seen in %s', (_, text) => {
    expect(judgeScreen(text)).not.toMatch(/^login/);
    expect(judgeSerial(text)).not.toMatch(/^login/);
  });

  it.each([
    [
      'automatic-login',
      'with its shell below',
      'Arch Linux 6.6.1 (tty1)\n\narchiso login: root (automatic login)\n\nroot@archiso ~ # ',
    ],
    [
      'automatic-login',
      'with a long message of the day',
      `probe login: root (automatic login)\n\n${'Debian comes with ABSOLUTELY NO WARRANTY.\n'.repeat(9)}root@probe:~# `,
    ],
    ['automatic-login', 'which only the shell of a user tells', 'Welcome to the live system\nuser@live:~$ _'],
    [
      'console-menu',
      'into a menu',
      ' 0) Logout (SSH only)       9) pfTop\n 5) Reboot system           14) Disable Secure Shell\n 8) Shell\n\nEnter an option: ',
    ],
    [
      'console-offered',
      'to whoever presses Enter',
      '[    9.1] br-lan: port 1 entered forwarding state\nPlease press Enter to activate this console.\n[   11.2] eth0: up',
    ],
  ])('counts by %s when the system logs its user in by itself, %s', (rule, _, text) => {
    expect(judgeScreen(text)).toBe(`login ${rule}`);
    expect(judgeSerial(text)).toBe(`login ${rule}`);
  });

  it('counts when services wrote below it', () => {
    const text = 'debian login: \nappliance: service 1 has started\nappliance: service 2 has started';
    expect(judgeScreen(text)).toBe('login login-prompt-covered');
    expect(judgeSerial(text)).toBe('login login-prompt-covered');
  });

  it.each([
    ['an answer', 'debian login: \nPassword: '],
    ['a shell', 'debian login: \nsomething\nroot@debian:~# '],
    ['the way down', 'debian login: \nappliance: stopping\nThe system is going down for reboot NOW!'],
    ['another start', 'debian login: \n[    0.000000] Linux version 6.1.0-50-amd64\nStarting'],
    ['an emergency shell', 'debian login: \nYou are in emergency mode.\nPress Enter for maintenance'],
    ['the shell of the initial file system', 'debian login: \n[ 1.0] x\nBusyBox v1.35.0\n\n(initramfs) '],
  ])('does not count when %s stands below it', (_, text) => {
    expect(judgeScreen(text)).not.toMatch(/^login/);
    expect(judgeSerial(text)).not.toMatch(/^login/);
  });

  it('counts below a banner that speaks of faults', () => {
    const banner = [
      'Kernel panic - not syncing: this is only a joke',
      'grub rescue> is what you get for abuse',
      'BOOTMGR is missing, and so is your password',
      'You are in emergency mode only when you misbehave',
      '',
    ].join('\n');
    const text = `${banner}\nweb-01.example.org login: `;
    expect(judgeScreen(text)).toBe(login);
    expect(judgeSerial(text)).toBe(login);
  });
});

describe('a disk without a system', () => {
  it.each([
    [
      'seabios-no-bootable-device',
      'Booting from Hard Disk...\nBoot failed: not a bootable disk\n\nNo bootable device.',
    ],
    ['seabios-boot-failed', 'Booting from Hard Disk...\nBoot failed: not a bootable disk'],
    ['seabios-boot-failed', 'Booting from Hard Disk...\nBoot failed: could not read the boot disk'],
    ['boot-sector-no-system', 'Booting from Hard Disk...\nMissing operating system'],
    ['boot-sector-no-system', 'Invalid partition table'],
    ['boot-sector-no-system', 'Error loading operating system'],
    ['boot-sector-no-system', 'Operating System not found'],
    ['boot-sector-no-system', 'FATAL: No bootable medium found! System halted.'],
    [
      'boot-sector-no-system',
      'This is not a bootable disk.  Please insert a bootable floppy and\npress any key to try again ...',
    ],
    [
      'uefi-no-bootable-option',
      'BdsDxe: No bootable option or device was found.\nBdsDxe: Press any key to enter the Boot Manager Menu.',
    ],
    [
      'uefi-boot-failed',
      'BdsDxe: failed to load Boot0001 "UEFI QEMU HARDDISK QM00001 " from PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0): Not Found',
    ],
    [
      'uefi-shell',
      'UEFI Interactive Shell v2.2\nPress ESC in 1 seconds to skip startup.nsh or any other key to continue.\nShell> _',
    ],
    ['network-boot-only', 'BdsDxe: failed to load Boot0001: Not Found\n>>Start PXE over IPv4.'],
  ])('is told by %s', (rule, text) => {
    expect(judgeScreen(wrap(text))).toBe(`no_boot_device ${rule}`);
  });

  it('is told by a message of a centred console that was wrapped', () => {
    const indent = ' '.repeat(30);
    const message =
      'BdsDxe: failed to load Boot0001 "UEFI QEMU HARDDISK QM00001 " from PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0): Not Found';
    const rows = [message.slice(0, 100), message.slice(100)].map(row => indent + row);
    const [match] = classify({ screen: listConsoleLines(rows, 160), screenMethod: 'glyph', serial: [], firmware: [] });
    expect(match?.rule.id).toBe('uefi-boot-failed');
    expect(match?.line).toBe(message);
  });
});

describe('a broken boot loader', () => {
  it.each([
    ['grub-rescue', 'Welcome to GRUB!\n\nerror: no such partition.\nEntering rescue mode...\ngrub rescue> _'],
    [
      'grub-prompt',
      '   GNU GRUB  version 2.06\n\n   Minimal BASH-like line editing is supported. For the first word, TAB\n\ngrub> _',
    ],
    ['grub-error', 'error: no such device: 6d4e7b10-5a3c-4b52-9c06-7d3b1f2a0101.\n\nPress any key to continue...'],
    ['grub-error', "error: ../../grub-core/kern/disk.c:236:disk `lvmid/x' not found."],
    ['grub-error', 'error: unknown filesystem.'],
    [
      'grub-error',
      "error: file `/boot/vmlinuz' not found.\nerror: you need to load the kernel first.\n\nPress any key to continue...",
    ],
    ['grub-error', "error: symbol `grub_calloc' not found."],
    ['grub-stage-error', 'GRUB Hard Disk Error'],
    ['grub-stage-error', 'GRUB Loading stage1.5.\n\nGRUB Geom Error'],
    [
      'syslinux-error',
      'SYSLINUX 6.04 EDD 20210613 Copyright (C) 1994-2015 H. Peter Anvin et al\nLoading /linux... failed: No such file or directory\nboot: ',
    ],
    [
      'syslinux-error',
      'SYSLINUX 6.04 EDD 20210613 Copyright (C) 1994-2015 H. Peter Anvin et al\nWARNING: No configuration file found\nboot: ',
    ],
    ['grub-core-missing', 'Booting from Hard Disk...\nGRUB _'],
    ['shim-error', 'Failed to open \\EFI\\BOOT\\grubx64.efi - Not Found\nFailed to load image: Not Found'],
    ['grub-core-damaged', 'Booting from Hard Disk...\nGRUB GRUB GRUB GRUB GRUB GRUB _'],
    ['grub-error', "error: file `/vmlinuz' not found.\n\nPress any key to continue..."],
    ['syslinux-error', 'SYSLINUX 6.04 EDD Copyright (C) 1994-2015\nCould not find kernel image: linux\nboot: '],
    [
      'freebsd-loader-error',
      "can't load 'kernel'\n\nType '?' for a list of commands, 'help' for more detailed help.\nOK _",
    ],
    ['lilo-error', 'L 99 99 99 99 99 99'],
    ['windows-boot-sector', 'BOOTMGR is missing\nPress Ctrl+Alt+Del to restart'],
    ['windows-boot-sector', 'NTLDR is missing\nPress Ctrl+Alt+Del to restart'],
    ['windows-boot-manager', 'Windows Boot Manager\n\n    Status: 0xc000000e\n\n    Info: The boot selection failed'],
    ['windows-boot-manager', 'Recovery\n\nYour PC/Device needs to be repaired\n\nError code: 0xc0000225'],
    [
      'windows-boot-manager',
      "An operating system wasn't found. Try disconnecting any drives that don't contain an operating system.",
    ],
    [
      'boot-program-crashed',
      '!!!! X64 Exception Type - 0D(#GP - General Protection)  CPU Apic ID - 00000000 !!!!\nRIP  - 000000007E8C5A3B, CS  - 0000000000000038, RFLAGS - 0000000000010206',
    ],
    ['image-refused', 'BdsDxe: failed to start Boot0001 "UEFI Disk" from PciRoot(0x0): Security Violation'],
    ['systemd-boot-error', 'Error loading EFI binary \\vmlinuz: Not Found'],
  ])('is told by %s', (rule, text) => {
    expect(judgeScreen(text)).toBe(`bootloader_error ${rule}`);
  });

  it.each([
    [
      'a kernel message with "error: "',
      '[    1.0] ACPI BIOS Error (bug): Could not resolve symbol\n[    1.1] error: something',
    ],
    ['a service that speaks of GRUB', '[  OK  ] Started grub-common.service - Record successful boot for GRUB.'],
    ['an fsck report', 'error: cannot find command in list'],
    [
      'a kernel command line with panic=30',
      '[    0.0] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 panic=30 grub=1',
    ],
  ])('is not seen in %s', (_, text) => {
    expect(judgeScreen(text)).toBe('nothing');
  });
});

describe('a stopped kernel', () => {
  it.each([
    [
      'linux-root-missing',
      '[    2.3] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n[    2.4] CPU: 0',
    ],
    ['linux-panic', '[    2.3][    T1] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100'],
    [
      'linux-initramfs-damaged',
      '[    1.2] Initramfs unpacking failed: junk within compressed archive\n[    2.3] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    ],
    [
      'linux-init-missing',
      '[    2.3] Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.',
    ],
    [
      'linux-init-missing',
      '[    2.2] Failed to execute /init (error -2)\n[    2.3] Kernel panic - not syncing: Requested init /sbin/init failed (error -13).',
    ],
    ['linux-image-damaged', 'XZ-compressed data is corrupt\n\n -- System halted'],
    ['linux-panic', '[    2.9] ---[ end Kernel panic - not syncing: Fatal exception ]---'],
    ['bsd-panic', 'panic: vm_fault: fault on nofault entry\ncpuid = 0\nKDB: stack backtrace:'],
    ['windows-stop-boot-device', '*** STOP: 0x0000007B (0xF78D2524,0xC0000034,0x00000000,0x00000000)'],
    [
      'windows-stop-boot-device',
      'Your device ran into a problem and needs to restart.\nStop code: INACCESSIBLE_BOOT_DEVICE',
    ],
    ['windows-stop', 'Your device ran into a problem and needs to restart.\nStop code: DPC_WATCHDOG_VIOLATION'],
    [
      'windows-stop-named',
      'DRIVER_IRQL_NOT_LESS_OR_EQUAL\n\nTechnische Informationen:\n*** 0x000000D1 (0x00000000,0x00000002,0x00000000,0xF8B7A000)',
    ],
  ])('is told by %s', (rule, text) => {
    expect(judgeScreen(text)).toBe(rule.startsWith('windows') ? `blue_screen ${rule}` : `kernel_panic ${rule}`);
  });

  it.each([
    ['the option on a command line', '[    0.0] Kernel command line: root=/dev/sda1 panic=30 oops=panic'],
    ['a log that quotes it', 'journalctl: found "Kernel panic - not syncing" in the last boot'],
    ['a word of its own', 'panic: no'],
  ])('is not seen in %s', (_, text) => {
    expect(judgeScreen(text)).toBe('nothing');
  });

  it('is more than a login prompt that stands above it', () => {
    expect(
      judgeScreen(
        'debian login: [   30.0] sysrq: Trigger a crash\n[   30.1] Kernel panic - not syncing: sysrq triggered crash',
      ),
    ).toBe('kernel_panic linux-panic');
  });
});

const waitingStates: Readonly<Record<string, string>> = {
  'initramfs-shell': 'emergency_shell',
  'file-system-check-failed': 'emergency_shell',
  'init-missing': 'emergency_shell',
  'root-not-mounted': 'emergency_shell',
  'emergency-shell-file-system': 'emergency_shell',
  'dracut-shell-late': 'emergency_shell',
  'emergency-shell': 'emergency_shell',
  'emergency-shell-device': 'emergency_shell',
  'dracut-shell': 'emergency_shell',
  'boot-menu-waits': 'boot_menu',
};

describe('a boot that waits for a person', () => {
  it.each([
    [
      'initramfs-shell',
      "BusyBox v1.35.0 built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n(initramfs) _",
    ],
    [
      'file-system-check-failed',
      'root: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.\n\t(i.e., without -a or -p options)\nfsck exited with status code 4\nThe root filesystem on /dev/sda1 requires a manual fsck\n\nBusyBox v1.35.0\n\n(initramfs) _',
    ],
    [
      'init-missing',
      "Target filesystem doesn't have requested /sbin/init.\nNo init found. Try passing init= bootarg.\n\nBusyBox v1.35.0\n\n(initramfs) _",
    ],
    [
      'root-not-mounted',
      'mount: mounting /dev/sda1 on /root failed: Invalid argument\nFailed to mount /dev/sda1 as root file system.\n\n(initramfs) _',
    ],
    ['initramfs-shell', 'ALERT!  UUID=1b2c does not exist.  Dropping to a shell!\n\nBusyBox v1.35.0\n\n(initramfs) _'],
    [
      'initramfs-shell',
      "ERROR: device 'UUID=1b2c' not found.\nYou are now being dropped into an emergency shell.\n[rootfs ~]# ",
    ],
    [
      'initramfs-shell',
      "Mounting root failed.\ninitramfs emergency recovery shell launched. Type 'exit' to continue boot\n~ # ",
    ],
    ['initramfs-shell', 'Mounting from ufs:/dev/ada0p2 failed with error 19.\n\nmountroot> '],
    [
      'emergency-shell-file-system',
      '[FAILED] Failed to start File System Check on /dev/sda2.\n[DEPEND] Dependency failed for /srv.\nYou are in emergency mode.',
    ],
    [
      'emergency-shell-file-system',
      '[FAILED] Failed to start systemd-fsck-root.service - File System Check on Root Device.\nGive root password for maintenance\nYou are in emergency mode.',
    ],
    [
      'emergency-shell-device',
      '[DEPEND] Dependency failed for local-fs.target - Local File Systems.\nPress Enter for maintenance',
    ],
    ['dialog-waits', 'Please enter system locale name or number (empty to skip, "list" to list options): '],
    [
      'dracut-shell-late',
      'Generating "/run/initramfs/rdsosreport.txt"\n\nEntering emergency mode. Exit the shell to continue.\n\nPress Enter for maintenance\n(or press Control-D to continue): ',
    ],
    [
      'emergency-shell',
      'You are in emergency mode. After logging in, type "journalctl -xb"\nGive root password for maintenance\n(or press Control-D to continue): ',
    ],
    ['emergency-shell', 'Entering emergency mode. Exit the shell to continue.\n\ndracut:/# '],
    [
      'emergency-shell-device',
      '[ TIME ] Timed out waiting for device dev-vda2.device.\n[DEPEND] Dependency failed for /srv.\nYou are in emergency mode.',
    ],
    [
      'dracut-shell',
      'Warning: /dev/disk/by-uuid/1b2c does not exist\n\nEntering emergency mode. Exit the shell to continue.\n\ndracut:/# ',
    ],
    ['passphrase-prompt', 'Please unlock disk sda3_crypt: '],
    ['passphrase-prompt', '🔐 Please enter passphrase for disk QEMU_HARDDISK (private): (press TAB for no echo) '],
    ['passphrase-prompt', 'VeraCrypt Boot Loader 1.24\n\nEnter password: '],
    ['shell-prompt', 'root@debian:~# '],
    ['shell-prompt', "/bin/sh: 0: can't access tty; job control turned off\n# "],
    ['shell-prompt', 'bash: no job control in this shell\nroot@(none):/# '],
    [
      'boot-menu-waits',
      'rEFInd - Main Menu\nBoot EFI/debian\n\nInsert, Tab, or F2 for more options; Esc or Backspace to refresh',
    ],
    ['key-awaited', 'Remote console of the vendor\nPress Enter to continue'],
    [
      'memory-test',
      '      Memtest86+ v6.10      │\nCLK/Temp: 2717MHz           │ Pass  5% ##\nL1 Cache:   N/A             │ Test 69% ###',
    ],
    ['dialog-waits', '│    <Go Back>    │\n\n<Tab> moves; <Space> selects; <Enter> activates buttons'],
    ['shell-prompt', '/ # '],
    [
      'boot-menu-waits',
      '   GNU GRUB  version 2.06\n\n  *Debian GNU/Linux\n\n   Use the ^ and v keys to select which entry is highlighted.',
    ],
    ['boot-menu-waits', 'ISOLINUX 6.04 20191223  Copyright (C) 1994-2015 H. Peter Anvin et al\nboot: '],
  ])('is told by %s', (rule, text) => {
    expect(judgeScreen(text)).toBe(`${waitingStates[rule] ?? 'inconclusive'} ${rule}`);
  });

  it('is told by a menu in a frame that is as wide as the text', () => {
    const pad = (text: string): string => `          │${text.padEnd(58)}│`;
    const rows = [`          ┌${'─'.repeat(58)}┐`, pad(' Debian'), pad(' Rescue'), `          └${'─'.repeat(58)}┘`];
    expect(judgeScreen([...rows, '', '                          Press [Tab] to edit options'].join('\n'))).toBe(
      'boot_menu boot-menu-waits',
    );
  });

  it('is not seen in a menu that counts down', () => {
    const menu = '   GNU GRUB  version 2.06\n\n  *Debian GNU/Linux\n\n   Use the ^ and v keys to select.\n';
    expect(judgeScreen(`${menu}   The highlighted entry will be executed automatically in 5s.`)).toBe('nothing');
  });

  it.each([
    ['disk_check disk-check-runs', '[***   ] Job systemd-fsck@dev-sda2.service/start running (14s / no limit)'],
    ['disk_check disk-check-runs', '[ ***  ] (1 of 2) A start job is running for File System Check on Root (9s)'],
    ['updating updates-run', '[***   ] Job packagekit-offline-update.service/start running (2min / no limit)'],
    ['updating updates-run', '         Starting system-update.service - Offline System Update...'],
  ])('is %s while systemd tells of it: %s', (expected, text) => {
    expect(judgeScreen(text)).toBe(expected);
  });

  it('is not seen in the banner of a boot loader that has started a silent kernel', () => {
    expect(judgeScreen('SYSLINUX 6.04 EDD 20210613 Copyright (C) 1994-2015 H. Peter Anvin et al')).toBe('nothing');
  });
});

describe('the classifier', () => {
  it('marks text that was recognised optically as not exact', () => {
    const [match] = classify({ screen: ['debian login:'], screenMethod: 'ocr', serial: [], firmware: [] });
    expect(match).toMatchObject({ exact: false, source: 'screen' });
  });

  it('takes whatever text there is, and says the same each time', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(
          fc.constantFrom(
            'login:',
            'debian ',
            'error: ',
            '[ 1.0] ',
            '\n',
            '\x1b[2J',
            'Kernel panic',
            ' - not syncing',
            'Last ',
            'grub> ',
            '\r',
          ),
        )
        .map(parts => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (screen, serial) => {
        const observation = {
          screen: listConsoleLines(screen.split('\n'), 80),
          screenMethod: 'vga' as const,
          serial: listSerialLines(serial),
          firmware: [],
        };
        const matches = classify(observation);
        expect(classify(observation)).toEqual(matches);
        for (const { rule, line } of matches) if (rule.state === 'login') expect(line).toMatch(/login:/);
      }),
      { numRuns: 500 },
    );
  });

  it('never takes text without a prompt for a login', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), raw => {
        const text = raw.replaceAll(/login:/gi, 'log in');
        expect(judgeScreen(text)).not.toMatch(/^login/);
        expect(judgeSerial(text)).not.toMatch(/^login/);
      }),
      { numRuns: 500 },
    );
  });

  it('reads long floods in little time', () => {
    const flood = `[    1.0] ${'login: '.repeat(20_000)}\n`.repeat(20);
    const started = performance.now();
    judgeSerial(flood);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
