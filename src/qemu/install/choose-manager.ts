import { readSystemNames } from '../find/install-command.ts';
import type { CommandLine } from './command-line.ts';
import type { InstallHost } from './install-host.ts';
import { type PackageManager, packageManagers } from './package-managers.ts';

/** The system's own package manager, else any that is there. */
export async function chooseManager(host: InstallHost): Promise<PackageManager | undefined> {
  const names = namesOf(host);
  const isOwn = ({ systems }: PackageManager) => systems.some(system => names.some(name => isNamed(name, system)));
  const others = host.platform === 'darwin' ? [] : packageManagers.filter(manager => !isOwn(manager));
  for (const manager of [...packageManagers.filter(isOwn), ...others]) {
    if ((await host.findProgram(manager.program)) !== undefined) return manager;
  }
  return undefined;
}

/** The commands that install, without what gives them their rights. */
export function listCommands({ install, prepare }: PackageManager, host: InstallHost): CommandLine[] {
  const isPrepared = prepare?.systems.some(system => namesOf(host).some(name => isNamed(name, system)));
  return prepare !== undefined && isPrepared ? [prepare.command, install] : [install];
}

function namesOf({ platform, osRelease }: InstallHost): string[] {
  return platform === 'darwin' ? ['darwin'] : readSystemNames(osRelease);
}

/** openSUSE calls itself "opensuse-tumbleweed" and "opensuse-leap". */
function isNamed(name: string, system: string): boolean {
  return name === system || name.startsWith(`${system}-`);
}
