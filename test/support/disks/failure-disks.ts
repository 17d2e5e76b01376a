import { dataUuid } from '../../../scripts/debian-disk/lay-debian-disk.ts';
import type { VerdictState } from '../../../src/model/verdict.ts';
import { restart, restFor, sendSerial, showOnScreen } from '../../qemu/support/boot-sector.ts';
import * as images from '../images/index.ts';
import { codeDisk } from './code-disk.ts';
import { damagedKernel } from './damaged-kernel.ts';
import { debianVariant, lockedUuid } from './debian-disk.ts';
import { dirtyImage } from './dirty-image.ts';
import { emptyEsp } from './empty-esp.ts';
import { inactivePartition } from './inactive-partition.ts';

export interface FailureDisk {
  readonly name: string;
  readonly build: () => Promise<string>;
  readonly state: VerdictState;
  readonly rule?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  /** At least so often the guest has restarted itself. */
  readonly restarts?: number;
  /** At least so many kernels have introduced themselves on the serial line: one restart is several resets of the machine. */
  readonly kernels?: number;
  /** Needs a real Debian. */
  readonly debian?: boolean;
}

const raw = { format: 'raw' } as const;
const bios = { firmware: 'bios' } as const;
const dirty = async (image: Promise<string>) => dirtyImage(await image);

/** The small guest with one of busybox's programs in place of its first one. */
const runs = (...command: string[]) =>
  dirty(images.mbrBiosGrub({ ...raw, console: 'both', extraParameters: ['rdinit=/bin/busybox', '--', ...command] }));

const debian = (name: string, state: VerdictState, settings: readonly string[], input: FailureDisk['input'] = {}) => ({
  name: `a Debian ${name}`,
  build: () => debianVariant(settings),
  state,
  input: { ...bios, bus: 'virtio', ...input },
  debian: true,
});

const loaders: FailureDisk[] = [
  debian('whose menu names a kernel that is gone', 'bootloader_error', ['set version=5.10.0-8-amd64']),
  debian('whose menu has no time limit', 'boot_menu', ['set timeout=-1']),
  {
    name: 'a GRUB in rescue mode',
    build: () => dirty(images.brokenBootLoader({ ...raw, ...bios })),
    state: 'bootloader_error',
  },
  {
    name: 'a GRUB without a menu',
    build: () => dirty(images.brokenBootLoader({ ...raw, ...bios, fault: 'prompt' })),
    state: 'bootloader_error',
  },
  {
    name: 'a boot sector that misses its boot manager',
    build: () =>
      dirty(images.bootSectorDisk({ message: '\r\nBOOTMGR is missing\r\nPress Ctrl+Alt+Del to restart\r\n' }, raw)),
    state: 'bootloader_error',
  },
  { name: 'a blank disk', build: () => images.blankDisk(), state: 'no_boot_device' },
  {
    name: 'a disk without an active partition',
    build: async () => dirtyImage(await inactivePartition()),
    state: 'no_boot_device',
  },
  {
    name: 'an EFI system partition without a boot program',
    build: async () => dirtyImage(await emptyEsp()),
    state: 'no_boot_device',
  },
];

const kernels: FailureDisk[] = [
  debian('whose root file system is gone', 'emergency_shell', [
    'set root_device=UUID=ffffffff-0000-4000-8000-000000000000',
  ]),
  debian('whose init ends at once', 'kernel_panic', ['set parameters="quiet init=/bin/false"']),
  // With what an encrypted disk lacks, no passphrase, nobody can tell whether it would boot.
  debian('that waits for the passphrase of a partition', 'inconclusive', [
    `set parameters="quiet luks.name=${lockedUuid}=private"`,
  ]),
  {
    name: 'a kernel that finds no root and has no initial file system',
    build: () => dirty(images.panickingKernel({ ...raw, ...bios })),
    state: 'kernel_panic',
    // Other tests follow it from bus to bus.
    input: { bus: 'ahci' },
  },
  {
    name: 'a guest whose first program takes all memory',
    build: () => runs('awk', "'BEGIN{while(1)a[i++]=i}'"),
    state: 'kernel_panic',
    input: { memoryBytes: 128 * 2 ** 20 },
  },
];

const doings: FailureDisk[] = [
  {
    name: 'a system that restarts itself again and again',
    build: () => runs('reboot', '-f'),
    state: 'reboot_loop',
    restarts: 3,
    kernels: 3,
  },
  {
    name: 'a boot sector that restarts the machine',
    build: async () => dirtyImage(await codeDisk(restart)),
    state: 'reboot_loop',
    restarts: 3,
  },
  {
    name: 'a system that shuts itself down',
    build: () => runs('poweroff', '-f'),
    state: 'inconclusive',
    rule: 'guest-shut-down',
  },
  {
    name: 'a disk with damaged blocks',
    build: async () => dirtyImage(await images.mbrBiosGrub(raw), { blockSize: 2 ** 20, damagedFrom: 6 }),
    state: 'inconclusive',
    rule: 'image-damaged',
    input: { limitSeconds: 60 },
  },
];

/** What was found wrong with disks, each made for real: what a proof must say of every one of them. */
export const failureDisks: readonly FailureDisk[] = [...loaders, ...kernels, ...doings];

const hangs = (...code: number[]) =>
  codeDisk([...showOnScreen('Starting'), ...restFor(3), ...sendSerial('.'), ...code]);

/** All of them write to the serial line at last, so that it tells when they moved for the last time. */
export const frozenDisks: readonly FailureDisk[] = [
  // cli; halt: hlt; jmp halt
  {
    name: 'a processor that sleeps without interrupts',
    build: () => dirty(hangs(0xfa, 0xf4, 0xeb, 0xfd)),
    state: 'frozen',
  },
  { name: 'a Linux whose first program sleeps', build: () => runs('sleep', '100000'), state: 'frozen' },
];

/** The same, but with a processor at work: side by side they would only look slow. */
export const busyDisks: readonly FailureDisk[] = [
  // cli; jmp $
  { name: 'a processor that runs in circles', build: () => dirty(hangs(0xfa, 0xeb, 0xfe)), state: 'frozen' },
];
export const longBusyDisks: readonly FailureDisk[] = [
  // jmp $
  {
    name: 'a processor that runs in circles and heeds interrupts',
    build: () => dirty(hangs(0xeb, 0xfe)),
    state: 'frozen',
  },
  {
    name: 'a Linux whose first program is busy for ever',
    build: () => runs('awk', "'BEGIN{while(1);}'"),
    state: 'frozen',
  },
];

/** Those that take too long for every day. */
export const slowFailureDisks: readonly FailureDisk[] = [
  {
    name: 'a kernel whose compressed part is damaged',
    build: () => dirty(damagedKernel()),
    state: 'kernel_panic',
    rule: 'linux-image-damaged',
  },
  debian(
    'that checks a file system for longer than allowed',
    'disk_check',
    // Checked again and again: how long one check takes is a matter of the machine.
    [`set parameters='init=/bin/sh -- -c "while :; do e2fsck -fn -C 0 UUID=${dataUuid}; done"'`],
    { limitSeconds: 150 },
  ),
  debian('that starts only its emergency shell', 'emergency_shell', [
    'set parameters="quiet systemd.unit=emergency.target"',
  ]),
  debian('that starts only its rescue shell', 'emergency_shell', ['set parameters="quiet systemd.unit=rescue.target"']),
  debian('that restarts as soon as it has started', 'reboot_loop', [
    'set parameters="quiet systemd.unit=reboot.target"',
  ]),
  debian('that turns itself off', 'inconclusive', ['set parameters="quiet systemd.unit=poweroff.target"']),
  debian('whose first program sleeps', 'frozen', ['set parameters="init=/bin/sleep 100000"']),
];
