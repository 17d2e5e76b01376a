import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly } from './children.mjs';
import { withLock } from './lock.mjs';
import { cacheFolder } from './places.mjs';
import { say } from './say.mjs';

/** What the tests of the PowerShell module run in, where the system has no PowerShell of its own. */
export const engineVersion = '7.6.9';
const suffix = process.platform === 'win32' ? '.exe' : '';
const quiet = {
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  DOTNET_NOLOGO: '1',
  DOTNET_SKIP_FIRST_TIME_EXPERIENCE: '1',
  POWERSHELL_TELEMETRY_OPTOUT: '1',
};
const nothing = 'no PowerShell engine: install pwsh 7.2 or later, or the .NET SDK 10';

/** Where PowerShell is looked for and put; tests have places of their own. */
function usualPlaces() {
  return { cache: cacheFolder, searchPath: process.env.PATH ?? '' };
}

/** True for "PowerShell 7.2.0" and later. */
export function isPowerShellNewEnough(text) {
  const [, major, minor] = /^PowerShell (\d+)\.(\d+)/m.exec(text) ?? [];
  return Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 2);
}

function findProgram(name, searchPath) {
  const files = searchPath.split(delimiter).map(folder => folder && join(folder, name + suffix));
  return files.find(file => file && existsSync(file));
}

/** What a program prints about its version; nothing when it does not run. */
function askVersion(program, args) {
  const options = { encoding: 'utf8', env: { ...process.env, ...quiet }, timeout: 60_000, windowsHide: true };
  const { status, stdout } = spawnSync(program, args, options);
  return status === 0 ? stdout : '';
}

function worksHere(program) {
  return isPowerShellNewEnough(askVersion(program, ['-NoLogo', '-NoProfile', '-Version']));
}

/** Without an SDK, dotnet alone has no version of its own. */
function hasSdk(dotnet) {
  return Number.parseInt(askVersion(dotnet, ['--version']), 10) >= 10;
}

function installedIn(cache) {
  return join(cache, `powershell-${engineVersion}`, `pwsh${suffix}`);
}

/** PowerShell as it is there already: `{ program }`, or `{ reason }`. */
export function findPowerShellEngine({ cache, searchPath } = usualPlaces()) {
  const own = findProgram('pwsh', searchPath);
  if (own !== undefined && worksHere(own)) return { program: own };
  const installed = installedIn(cache);
  return existsSync(installed) && worksHere(installed) ? { program: installed } : { reason: nothing };
}

/**
 * PowerShell of the search path, else one in the cache, where the .NET SDK installs it: `{ program }`. Never fails: without
 * one its tests are skipped, for the `{ reason }`.
 */
export async function ensurePowerShell(places = usualPlaces()) {
  const found = findPowerShellEngine(places);
  if (found.program !== undefined) return found;
  const dotnet = findProgram('dotnet', places.searchPath);
  if (dotnet === undefined || !hasSdk(dotnet)) return found;
  try {
    return await withLock(join(places.cache, 'powershell.lock'), async () => {
      const again = findPowerShellEngine(places);
      return again.program === undefined ? install(dotnet, places.cache) : again;
    });
  } catch (error) {
    return failed(error.message);
  }
}

/** Into a folder of its own first: a killed run leaves none that looks whole. */
async function install(dotnet, cache) {
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'powershell-draft-'));
  const args = ['tool', 'install', 'PowerShell', '--version', engineVersion, '--tool-path'];
  say(`Installing PowerShell for the tests: dotnet ${args.join(' ')} ${cache} …`);
  try {
    const { status, output } = await runQuietly(dotnet, [...args, draft], { env: { ...process.env, ...quiet } });
    if (status !== 0) return failed(output.trim().split('\n').slice(-3).join('\n'));
    if (!worksHere(join(draft, `pwsh${suffix}`))) return failed('What was installed does not run.');
    const program = installedIn(cache);
    rmSync(join(program, '..'), { recursive: true, force: true });
    renameSync(draft, join(program, '..'));
    return { program };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function failed(why) {
  say(`PowerShell could not be installed; its tests are skipped.\n${why}`);
  return { reason: `no PowerShell engine, and none could be installed: ${why.split('\n')[0]}` };
}
