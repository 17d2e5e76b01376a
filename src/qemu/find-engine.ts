import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../errors/fault.ts';
import { findProgram, isProgram } from '../host/find-program.ts';
import { findPaths } from '../host/paths.ts';
import { type Engine, type EngineSettings, formatVersion } from './engine.ts';
import { askEngine } from './find/ask-engine.ts';
import { findWingetFolders, listEnginePlaces } from './find/engine-places.ts';
import { findInstallCommand } from './find/install-command.ts';
import type { RegistryReaders } from './find/registered-places.ts';

const systemName = 'qemu-system-x86_64';
const imgName = 'qemu-img';
const oldestMajor = 6;

/** How to look. Places other than those of this host are for tests. */
export interface EngineSearch {
  /** Ask the program even though it has answered a moment ago. */
  readonly fresh?: boolean;
  readonly platform?: NodeJS.Platform;
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
  readonly folders?: readonly string[];
  /** Where a QEMU of our own is; looked at before the search path. */
  readonly ownFolder?: string;
  readonly registry?: RegistryReaders;
}

/**
 * Finds QEMU: as configured, else our own one, else on the search path, else where installers put it. Faults: `unavailable` when a program
 * is missing (the remedy installs it), does not answer, or is older than QEMU 6.
 */
export async function findEngine(
  settings: EngineSettings = {},
  signal?: AbortSignal,
  search: EngineSearch = {},
): Promise<Engine> {
  const system = await findSystem(settings, search, signal);
  const [{ version, dataFolders: said }, img] = await Promise.all([
    askEngine(system, { signal, fresh: search.fresh }),
    findImg(settings, system, search, signal),
  ]);
  if (version.major < oldestMajor) {
    throw new Fault(
      'unavailable',
      `The QEMU at ${system} is version ${formatVersion(version)}; ${oldestMajor}.0 or later is needed.`,
      {
        remedy: await findInstallCommand(),
        data: { path: system, version: version.text },
      },
    );
  }
  return { system, img, version, dataFolders: await listDataFolders(system, said) };
}

async function findSystem(
  settings: EngineSettings,
  search: EngineSearch,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (settings.system !== undefined) return useConfigured(settings.system, systemName, 'system');
  const found = await findEngineProgram(systemName, search, signal);
  if (found) return resolveShim(found, search);
  throw new Fault(
    'unavailable',
    `QEMU was not found: there is no ${systemName} on the search path or in the usual places.`,
    {
      remedy: await findInstallCommand(),
      data: { program: systemName },
    },
  );
}

async function findImg(
  settings: EngineSettings,
  system: string,
  search: EngineSearch,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (settings.img !== undefined) return useConfigured(settings.img, imgName, 'img');
  const beside = join(dirname(system), basename(system).toLowerCase().endsWith('.exe') ? `${imgName}.exe` : imgName);
  const found = (await isProgram(beside)) ? beside : await findEngineProgram(imgName, search, signal);
  if (found) return found;
  throw new Fault('unavailable', `QEMU is at ${system}, but its companion ${imgName} was not found.`, {
    remedy: await findInstallCommand(),
    data: { program: imgName },
  });
}

/**
 * Scoop puts a small program on the search path that starts the real one, which would outlive it when it is ended. Beside
 * it, in a file with the suffix .shim, stands: `path = "C:\\Users\\…\\qemu-system-x86_64.exe"`.
 */
async function resolveShim(file: string, search: EngineSearch): Promise<string> {
  if (!file.toLowerCase().endsWith('.exe')) return file;
  if (/\\chocolatey\\bin\\[^\\]+$/i.test(file)) return (await findBehindShim(search)) ?? file;
  const shim = await readFile(file.replace(/\.exe$/i, '.shim'), 'utf8').catch(() => '');
  const target = /^path\s*=\s*"?([^"\r\n]+)"?/m.exec(shim)?.[1];
  return target !== undefined && (await isProgram(target)) ? target : file;
}

/** Those of Chocolatey do not say what they start: it lies in one of the usual places. */
async function findBehindShim(search: EngineSearch): Promise<string | undefined> {
  const { platform, folders } = describePlaces(search);
  const real = folders.filter(folder => !/\\chocolatey\\bin$/i.test(folder));
  return findProgram(systemName, { platform, environment: {}, folders: real });
}

async function useConfigured(configured: string, name: string, key: string): Promise<string> {
  const isFolder = await stat(configured).then(
    found => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(configured, process.platform === 'win32' ? `${name}.exe` : name) : configured;
  if (await isProgram(file)) return file;
  throw new Fault('unavailable', `The configured ${name} at ${configured} is not a program that can be run.`, {
    remedy: `Correct or remove the setting "${key}" of QEMU; without it ${name} is looked for.`,
    data: { path: configured, program: name },
  });
}

function describePlaces({ platform = process.platform, environment = process.env, folders }: EngineSearch) {
  return { platform, environment, folders: folders ?? listEnginePlaces(platform, environment) };
}

/** In vmbridge's own folder, on the search path, in the usual places, and last where Windows has to be asked for. */
async function findEngineProgram(name: string, search: EngineSearch, signal: AbortSignal | undefined) {
  const { platform, environment, folders } = describePlaces(search);
  const look = (places: readonly string[]) => findProgram(name, { platform, environment: {}, folders: places });
  const own = join(search.ownFolder ?? findPaths(environment, platform).engine, withSuffix(name, platform));
  if (await isProgram(own)) return own;
  return (
    (await findProgram(name, { platform, environment, folders })) ??
    (platform === 'win32' && search.folders === undefined
      ? await look([...(await findWingetFolders(environment)), ...(await askRegistry(search, signal))])
      : undefined)
  );
}

function withSuffix(name: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `${name}.exe` : name;
}

/** Only Windows itself has one, and it is asked last, as that takes a moment. */
async function askRegistry({ registry }: EngineSearch, signal: AbortSignal | undefined): Promise<string[]> {
  if (registry === undefined && process.platform !== 'win32') return [];
  return (await import('./find/registered-places.ts')).findRegisteredPlaces(signal, registry);
}

/** The folders of firmware that belong to this build: what it says itself, and the share folder near it. */
async function listDataFolders(system: string, said: readonly string[]): Promise<string[]> {
  const real = await realpath(system).catch(() => system);
  const near = [dirname(system), dirname(real)].flatMap(bin => [join(bin, 'share'), join(bin, '..', 'share', 'qemu')]);
  const folders: string[] = [];
  for (const folder of new Set([...said, ...near])) {
    const isFolder = await stat(folder).then(
      found => found.isDirectory(),
      () => false,
    );
    if (isFolder && !folders.includes(folder)) folders.push(folder);
  }
  return folders;
}
