import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Engine, EngineSettings } from './engine.ts';
import { findInstallCommand } from './find/install-command.ts';
import { readFirmwareDescriptor } from './firmware/firmware-descriptor.ts';
import { knownFirmwareFolders, knownPairs } from './firmware/known-firmware.ts';
import type { UefiFirmware } from './firmware/uefi-firmware.ts';

export interface FoundFirmware {
  /** Absent when none is installed. */
  readonly uefi?: UefiFirmware | undefined;
  /** SeaBIOS is part of every QEMU. */
  readonly bios: true;
}

/** Where to look besides the engine's own folders: for tests. */
export interface FirmwareSearch {
  readonly descriptorFolders?: readonly string[];
  readonly folders?: readonly string[];
}

/**
 * Finds UEFI firmware without Secure Boot: in the configured folders, then by QEMU's firmware descriptors, then by the
 * names that distributions use.
 */
export async function findFirmware(
  engine: Engine,
  settings: EngineSettings = {},
  search: FirmwareSearch = {},
): Promise<FoundFirmware> {
  const { folders = process.platform === 'win32' ? [] : knownFirmwareFolders } = search;
  const uefi =
    (await findPair(settings.firmwareFolders ?? [])) ??
    (await findDescribed(search.descriptorFolders ?? listDescriptorFolders(engine))) ??
    (await findPair([...engine.dataFolders, ...folders]));
  return uefi ? { uefi, bios: true } : { bios: true };
}

/** The UEFI firmware, or a Fault `unavailable` whose remedy installs it. */
export async function requireUefi(found: FoundFirmware): Promise<UefiFirmware> {
  if (found.uefi) return found.uefi;
  throw new Fault('unavailable', 'The disk needs UEFI firmware, and no OVMF for x86_64 was found on this host.', {
    remedy: await findInstallCommand(),
    data: { names: knownPairs.map(({ code }) => code) },
  });
}

// Nearest first: a descriptor hides one of the same name in a later folder, and an empty file hides it altogether.
function listDescriptorFolders(engine: Engine): string[] {
  const own = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  const shared = process.platform === 'win32' ? [] : [join(own, 'qemu', 'firmware'), '/etc/qemu/firmware'];
  const installed = engine.dataFolders.map(folder => resolve(folder, 'firmware'));
  // On Windows that would be C:\\usr, which any user may make.
  if (process.platform !== 'win32') installed.push('/usr/share/qemu/firmware');
  return [...new Set([...shared, ...installed])];
}

async function findDescribed(folders: readonly string[]): Promise<UefiFirmware | undefined> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.endsWith('.json') && !files.has(name)) files.set(name, join(folder, name));
    }
  }
  for (const [, file] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const uefi = readFirmwareDescriptor(await readFile(file, 'utf8').catch(() => ''));
    if (uefi && (await isFilled(uefi.code)) && (await isFilled(uefi.vars))) return uefi;
  }
  return undefined;
}

async function findPair(folders: readonly string[]): Promise<UefiFirmware | undefined> {
  for (const folder of folders) {
    for (const pair of knownPairs) {
      const code = join(folder, pair.code);
      const vars = join(folder, pair.vars);
      if ((await isFilled(code)) && (await isFilled(vars))) return { code, vars, codeFormat: 'raw', varsFormat: 'raw' };
    }
  }
  return undefined;
}

async function isFilled(file: string): Promise<boolean> {
  try {
    const found = await stat(file);
    return found.isFile() && found.size > 0;
  } catch {
    return false;
  }
}
