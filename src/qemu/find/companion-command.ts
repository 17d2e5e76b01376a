import { findInstallCommand } from './install-command.ts';

/** The command that installs a program beside QEMU, whose package has its name; undefined where there is none known. */
export async function findCompanionCommand(name: string): Promise<string | undefined> {
  return process.platform === 'linux' ? deriveCommand(await findInstallCommand(), name) : undefined;
}

/** From the command that installs QEMU: `sudo apt install qemu-system-x86 …` or `… && sudo dnf install …`. */
export function deriveCommand(installation: string, name: string): string | undefined {
  const manager = /^((?:sudo )?(?:apt|dnf|zypper) install|(?:sudo )?pacman -S|(?:sudo )?apk add) /;
  const begin = manager.exec(installation.split('&& ').at(-1) ?? '')?.[1];
  return begin === undefined ? undefined : `${begin} ${name}`;
}
