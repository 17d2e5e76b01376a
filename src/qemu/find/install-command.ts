import { readFile } from 'node:fs/promises';

interface Installer {
  /** Words of ID and ID_LIKE in /etc/os-release. */
  readonly systems: readonly string[];
  readonly command: string;
}

// First match wins: the relatives of Red Hat Enterprise Linux call themselves like Fedora, but have QEMU only in EPEL.
const linuxInstallers: readonly Installer[] = [
  { systems: ['debian', 'ubuntu'], command: 'sudo apt install qemu-system-x86 qemu-utils ovmf' },
  {
    systems: ['rhel', 'centos', 'rocky', 'almalinux', 'ol'],
    command: 'sudo dnf install epel-release && sudo dnf install qemu-system-x86 qemu-img edk2-ovmf',
  },
  { systems: ['fedora'], command: 'sudo dnf install qemu-system-x86 qemu-img edk2-ovmf' },
  { systems: ['arch'], command: 'sudo pacman -S qemu-system-x86 qemu-img edk2-ovmf' },
  { systems: ['suse', 'opensuse', 'sles'], command: 'sudo zypper install qemu-x86 qemu-tools qemu-ovmf-x86_64' },
  { systems: ['alpine'], command: 'sudo apk add qemu-system-x86_64 qemu-img ovmf' },
];

const unknownLinux = "Install QEMU (qemu-system-x86_64, qemu-img) and OVMF with this system's package manager.";

/** The command that installs QEMU and its UEFI firmware here. `osRelease` is the text of /etc/os-release. */
export function getInstallCommand(platform: NodeJS.Platform, osRelease: string, administrator = false): string {
  if (platform === 'win32') return 'winget install --exact --id SoftwareFreedomConservancy.QEMU';
  if (platform === 'darwin') return 'brew install qemu';
  const words = readSystemNames(osRelease);
  // By nearness to the system itself: openSUSE says "suse", Ubuntu's relatives say "ubuntu debian".
  const found = words.flatMap(word => linuxInstallers.filter(({ systems }) => matches(systems, word))).at(0);
  if (!found) return unknownLinux;
  return administrator ? found.command.replaceAll('sudo ', '') : found.command;
}

/** The remedy on the system that this runs on: vmbridge's own command, and the one to give by hand. */
export async function findInstallCommand(): Promise<string> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const byHand = getInstallCommand(process.platform, osRelease, process.getuid?.() === 0);
  return `vmbridge call engine.install (or by hand: ${byHand})`;
}

/** What a Linux calls itself and its relatives, nearest first. */
export function readSystemNames(osRelease: string): string[] {
  return [...readWords(osRelease, 'ID'), ...readWords(osRelease, 'ID_LIKE')];
}

function matches(systems: readonly string[], word: string): boolean {
  return systems.some(system => word === system || word.startsWith(`${system}-`));
}

function readWords(osRelease: string, key: string): string[] {
  const line = osRelease.split(/\r?\n/).find(candidate => candidate.startsWith(`${key}=`));
  const value = line?.slice(key.length + 1).replace(/^(["'])(.*)\1$/, '$2') ?? '';
  return value.toLowerCase().split(/\s+/).filter(Boolean);
}
