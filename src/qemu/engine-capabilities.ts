import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { escapeControls } from '../errors/escape.ts';
import { Fault } from '../errors/fault.ts';
import { findProgram, isProgram } from '../host/find-program.ts';
import { runProgram } from '../host/run-program.ts';
import { writeFileAtomically } from '../host/write-file-atomically.ts';
import type { Engine } from './engine.ts';

const buildCapabilities = z.object({
  /** What `-display` takes: none, gtk, sdl, curses … */
  displays: z.array(z.string()),
  vnc: z.boolean(),
  spice: z.boolean(),
  /** `screendump` can write PNG; all builds write PPM. */
  pngScreenshots: z.boolean(),
  /** Shared folders by the 9P protocol. */
  ninep: z.boolean(),
  virtiofsDevice: z.boolean(),
  tpmDevice: z.boolean(),
  usb: z.boolean(),
  /** Devices of the host handed to a guest. */
  usbHost: z.boolean(),
});
type BuildCapabilities = z.infer<typeof buildCapabilities>;

/** What a build of QEMU can do, and the programs beside it that some of it needs. */
export interface EngineCapabilities extends BuildCapabilities {
  /** Path of the program behind virtiofs. */
  readonly virtiofsd?: string | undefined;
  /** Path of the program behind a TPM. */
  readonly swtpm?: string | undefined;
}

/**
 * Asks QEMU, or what is remembered of this very build in `cacheFolder`. The programs beside it are looked for each time.
 * Faults: `unavailable` when QEMU does not tell its devices.
 */
export async function readCapabilities(
  engine: Engine,
  cacheFolder: string,
  signal?: AbortSignal,
): Promise<EngineCapabilities> {
  const file = join(cacheFolder, `capabilities-${await identifyBuild(engine)}.json`);
  const [remembered, virtiofsd, swtpm] = await Promise.all([
    readRemembered(file),
    findVirtiofsd(engine),
    findProgram('swtpm'),
  ]);
  const build = remembered ?? (await askBuild(engine, signal));
  // A cache that cannot be written costs the next call a moment.
  if (!remembered) await writeFileAtomically(file, `${JSON.stringify(build)}\n`).catch(() => {});
  return { ...build, virtiofsd, swtpm };
}

async function identifyBuild({ system, version }: Engine): Promise<string> {
  const { mtimeMs, size } = await stat(system);
  const facts = JSON.stringify([system, version.text, mtimeMs, size]);
  return createHash('sha256').update(facts).digest('hex').slice(0, 16);
}

async function readRemembered(file: string): Promise<BuildCapabilities | undefined> {
  try {
    return buildCapabilities.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function askBuild(engine: Engine, signal: AbortSignal | undefined): Promise<BuildCapabilities> {
  const ask = (option: string) => askHelp(engine, option, signal);
  const [device, display, vnc, spice] = await Promise.all(['device', 'display', 'vnc', 'spice'].map(ask));
  const devices = parseDevices(device ?? '');
  if (devices.size === 0) {
    throw new Fault('unavailable', `The QEMU at ${engine.system} did not tell which devices it has.`, {
      data: { path: engine.system, printed: escapeControls((device ?? '').slice(0, 2000)) },
    });
  }
  const has = (...names: string[]) => names.some(name => devices.has(name));
  const { major, minor } = engine.version;
  return {
    displays: parseDisplays(display ?? ''),
    // Builds without them say that the option is unknown.
    vnc: /^vnc options:/im.test(vnc ?? ''),
    spice: /^spice options:/im.test(spice ?? ''),
    pngScreenshots: major > 7 || (major === 7 && minor >= 1),
    ninep: has('virtio-9p-pci'),
    virtiofsDevice: has('vhost-user-fs-pci'),
    tpmDevice: has('tpm-tis', 'tpm-crb'),
    usb: has('qemu-xhci', 'nec-usb-xhci', 'usb-ehci'),
    usbHost: has('usb-host'),
  };
}

/** Help goes to one output or the other, and ends with 0 or 1, by option and version. */
async function askHelp({ system }: Engine, option: string, signal: AbortSignal | undefined): Promise<string> {
  const options = { signal, timeoutMs: 20_000, environment: { LC_ALL: 'C' } };
  const { stdout, stderr } = await runProgram(system, [`-${option}`, 'help'], options);
  return `${stdout}\n${stderr}`;
}

/** `name "virtio-9p-pci", bus PCI, alias "virtio-9p"`, below headings for each kind. */
export function parseDevices(output: string): Set<string> {
  return new Set([...output.matchAll(/^name "([^"]+)"/gm)].map(([, name = '']) => name));
}

/**
 *     Available display backend types:
 *     none
 *     gtk
 *
 *     Some display backends support suboptions, which can be set with
 *        -display backend,option=value,option=value...
 */
export function parseDisplays(output: string): string[] {
  const [, list = ''] =
    /^Available display backend types:\s*\n((?:[\w-]+\s*\n)*)/im.exec(output.replaceAll('\r', '')) ?? [];
  return list.split(/\s+/).filter(Boolean);
}

/**
 * Installers describe it in a file of QEMU's folder vhost-user: `{ "type": "fs", "binary": "/usr/libexec/virtiofsd" }`. Most
 * put it where no search path leads.
 */
async function findVirtiofsd({ dataFolders }: Engine): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  for (const folder of new Set([...dataFolders, '/usr/share/qemu'].map(folder => join(folder, 'vhost-user')))) {
    for (const name of (await readdir(folder).catch(() => [])).sort()) {
      const binary = readBinary(await readFile(join(folder, name), 'utf8').catch(() => ''));
      if (binary !== undefined && (await isProgram(binary))) return binary;
    }
  }
  return findProgram('virtiofsd', { folders: ['/usr/libexec', '/usr/lib/qemu', '/usr/lib'] });
}

const descriptor = z.object({ type: z.literal('fs'), binary: z.string() });

function readBinary(text: string): string | undefined {
  try {
    return descriptor.parse(JSON.parse(text)).binary;
  } catch {
    return undefined;
  }
}
