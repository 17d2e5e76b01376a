import { buildDisk, buildSystemDisk, type Storage, type SystemRecipe } from '../../../scripts/sample/build-image.ts';
import type { DiskFormat } from '../../../scripts/sample/disk-file.ts';
import type { GuestConsole } from '../../../scripts/sample/guest-files.ts';
import { alignment, encodeGpt, encodeMbr } from '../../../scripts/sample/partition-tables.ts';
import { encodePrintingSector, spinningSector } from './boot-sectors.ts';

/**
 * Disks for tests, each built once and kept in `.cache/images`. Every function gives the path of a read-only file:
 * a test that writes works on a copy.
 */

export interface DiskOptions {
  /** Default: vhdx. `vpc` is VHD. */
  format?: DiskFormat;
  /** qemu-img's options for the format, e.g. ["subformat=fixed"]. */
  formatOptions?: string[];
}

export interface SystemOptions extends DiskOptions {
  /** Where the guest shows its kernel messages and its prompt; default: screen. */
  console?: GuestConsole;
  hostname?: string;
  /** Seconds of visible work in the guest before the end state; default: none. */
  workSeconds?: number;
  /** Further kernel parameters. */
  extraParameters?: string[];
}

export interface FirmwareOptions extends SystemOptions {
  firmware?: 'uefi' | 'bios';
}

const mebibyte = 1024 * 1024;

function storageOf({ format = 'vhdx', formatOptions }: DiskOptions): Storage {
  return { format, options: formatOptions };
}

function buildSystem(name: string, options: FirmwareOptions, recipe: Partial<SystemRecipe>): Promise<string> {
  const firmware = options.firmware ?? 'uefi';
  const { console = 'screen', hostname = 'vmbridge-sample', workSeconds = 0, extraParameters } = options;
  const guest = { behaviour: 'login' as const, console, hostname, workSeconds, extraParameters };
  return buildSystemDisk(`${name}-${firmware}`, { firmware, ...guest, ...recipe }, storageOf(options));
}

/** GPT, EFI system partition with GRUB, ext4 root: reaches `vmbridge-sample login:`. */
export function gptUefiGrub(options: SystemOptions = {}): Promise<string> {
  return buildSystem('gpt-grub', { ...options, firmware: 'uefi' }, {});
}

/** MBR with an active partition, GRUB in the gap after it, ext4 root: reaches `vmbridge-sample login:`. */
export function mbrBiosGrub(options: SystemOptions = {}): Promise<string> {
  return buildSystem('mbr-grub', { ...options, firmware: 'bios' }, {});
}

/**
 * A GRUB that cannot go on. `prompt`: no configuration, so it waits at `grub>`. `no-such-device`: UEFI says
 * `error: no such device: …` and `Press any key to continue...`, then shows its menu; BIOS says `error: no such partition.` and waits at `grub rescue>`.
 */
export function brokenBootLoader(
  options: FirmwareOptions & { fault?: 'prompt' | 'no-such-device' } = {},
): Promise<string> {
  const { fault = 'no-such-device', ...rest } = options;
  return buildSystem(`broken-grub-${fault}`, rest, {
    loaderFault: fault === 'prompt' ? 'no-config' : 'no-such-device',
  });
}

/**
 * A kernel that panics and stays. `no-root`: no initial root file system, so `VFS: Unable to mount root fs`;
 * `init-exits`: `Attempted to kill init!`.
 */
export function panickingKernel(options: FirmwareOptions & { cause?: 'no-root' | 'init-exits' } = {}): Promise<string> {
  const { cause = 'no-root', ...rest } = options;
  const recipe = cause === 'no-root' ? { withoutInitialRoot: true } : { behaviour: 'exit' as const };
  return buildSystem(`panic-${cause}`, rest, recipe);
}

/** The kernel starts, init prints two lines and then nothing ever happens again. */
export function frozenSystem(options: FirmwareOptions = {}): Promise<string> {
  return buildSystem('frozen', options, { behaviour: 'freeze' });
}

/** The initial root file system gives up and offers its own shell: `(initramfs)`. */
export function emergencyShell(options: FirmwareOptions = {}): Promise<string> {
  return buildSystem('emergency-shell', options, { behaviour: 'emergency-shell' });
}

/** UEFI starts the kernel itself as BOOTX64.EFI, without a boot loader; it finds no root and panics. */
export function kernelAsBootProgram(options: SystemOptions = {}): Promise<string> {
  return buildSystem('kernel-boot-program', options, { kernelAsBootProgram: true, withoutInitialRoot: true });
}

/**
 * Reaches its prompt on screen and serial line, listens to the power button, runs the real guest agent on the channel
 * `org.qemu.guest_agent.0`, takes an address by DHCP (virtio card) and serves `vmbridge sample` on port 80.
 */
export function agentGuest(options: FirmwareOptions = {}): Promise<string> {
  const { firmware = 'bios', console = 'both', format = 'qcow2', ...rest } = options;
  return buildSystem('agent', { firmware, console, format, ...rest }, { agent: true });
}

/** Nothing but zeros. */
export function blankDisk(options: DiskOptions & { size?: number } = {}): Promise<string> {
  const { size = 64 * mebibyte } = options;
  return buildDisk('blank', { size }, storageOf(options), async () => ({ size, pieces: [] }));
}

/** A GPT with one empty Linux partition, or with none at all. */
export function blankGpt(options: DiskOptions & { size?: number; empty?: boolean } = {}): Promise<string> {
  const { size = 64 * mebibyte, empty = false } = options;
  const data = { kind: 'linux' as const, name: 'data', start: alignment, size: size - 2 * alignment };
  const pieces = encodeGpt(size, empty ? [] : [data]);
  return buildDisk('blank-gpt', { size, empty }, storageOf(options), async () => ({ size, pieces }));
}

/**
 * An MBR with an active, empty partition and the boot code asked for. `none`: zeros, where SeaBIOS stops after
 * `Booting from Hard Disk...`; `spin`: an endless loop; `message`: prints the text and loops.
 */
export function bootSectorDisk(
  code: 'none' | 'spin' | { message: string },
  options: DiskOptions & { size?: number } = {},
): Promise<string> {
  const { size = 16 * mebibyte } = options;
  const bootCode =
    code === 'none' ? Buffer.alloc(0) : code === 'spin' ? spinningSector : encodePrintingSector(code.message);
  const data = { kind: 'linux' as const, name: 'data', start: alignment, size: size - alignment };
  const pieces = [{ offset: 0, content: encodeMbr(bootCode, [data]) }];
  return buildDisk('boot-sector', { size, code }, storageOf(options), async () => ({ size, pieces }));
}
