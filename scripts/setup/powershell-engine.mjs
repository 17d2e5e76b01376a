import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly } from './children.mjs';
import { withLock } from './lock.mjs';
import { cacheFolder } from './places.mjs';
import { say } from './say.mjs';

/** What the tests of the PowerShell module run in, where the system has no PowerShell of its own. */
export const engineVersion = '7.6.9';
const suffix = process.platform === 'win32' ? '.exe' : '';
const environment = {
  ...process.env,
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  DOTNET_NOLOGO: '1',
  DOTNET_SKIP_FIRST_TIME_EXPERIENCE: '1',
  POWERSHELL_TELEMETRY_OPTOUT: '1',
};

function onSearchPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some(folder => folder !== '' && existsSync(join(folder, name + suffix)));
}

/** PowerShell of the search path, or one installed with the .NET SDK into the cache; undefined when neither can be had. */
export async function ensurePowerShell() {
  if (onSearchPath('pwsh')) return 'pwsh';
  const folder = join(cacheFolder, `powershell-${engineVersion}`);
  const program = join(folder, `pwsh${suffix}`);
  if (existsSync(program)) return program;
  if (!onSearchPath('dotnet')) return undefined;
  return withLock(join(cacheFolder, 'powershell.lock'), async () => {
    if (existsSync(program)) return program;
    return (await install(folder)) ? program : undefined;
  });
}

/** Into a folder of its own first: a killed run leaves none that looks whole. */
async function install(folder) {
  mkdirSync(cacheFolder, { recursive: true });
  const draft = mkdtempSync(join(cacheFolder, 'powershell-draft-'));
  const args = ['tool', 'install', 'PowerShell', '--version', engineVersion, '--tool-path', draft];
  say(`PowerShell for the tests: dotnet ${args.slice(0, -1).join(' ')} …`);
  try {
    const { status, output } = await runQuietly('dotnet', args, { env: environment });
    if (status !== 0) {
      say(
        `PowerShell could not be installed; its tests are skipped.\n${output.trim().split('\n').slice(-3).join('\n')}`,
      );
      return false;
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
    return true;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
