import type { CommandLine } from './command-line.ts';

/** How a package manager installs QEMU with qemu-img and UEFI firmware. */
export interface PackageManager {
  readonly name: string;
  /** The program that tells that it is there. */
  readonly program: string;
  /** Words of ID and ID_LIKE in /etc/os-release whose own one it is. */
  readonly systems: readonly string[];
  readonly needsRoot: boolean;
  readonly install: CommandLine;
  /** Comes before, on these systems. */
  readonly prepare?: { readonly systems: readonly string[]; readonly command: CommandLine };
  /** What mends a failed try: package lists that are out of date, an installation that was cut off. */
  readonly mend?: readonly CommandLine[];
}

const quietly = ['env', 'DEBIAN_FRONTEND=noninteractive'] as const;
const apt = [...quietly, 'apt-get', '-o', 'DPkg::Lock::Timeout=120'] as const;
const dnf = ['dnf', 'install', '-y', '--setopt=install_weak_deps=False'] as const;

export const packageManagers: readonly PackageManager[] = [
  {
    name: 'apt',
    program: 'apt-get',
    systems: ['debian', 'ubuntu'],
    needsRoot: true,
    install: [...apt, 'install', '-y', '--no-install-recommends', 'qemu-system-x86', 'qemu-utils', 'ovmf'],
    mend: [
      [...quietly, 'dpkg', '--configure', '-a'],
      [...apt, 'update'],
    ],
  },
  {
    name: 'dnf',
    program: 'dnf',
    systems: ['fedora', 'rhel', 'centos', 'rocky', 'almalinux', 'ol'],
    needsRoot: true,
    // The relatives of Red Hat Enterprise Linux have it in EPEL alone.
    prepare: { systems: ['rhel', 'centos', 'rocky', 'almalinux', 'ol'], command: [...dnf, 'epel-release'] },
    install: [...dnf, 'qemu-system-x86-core', 'qemu-img', 'edk2-ovmf'],
  },
  {
    name: 'pacman',
    program: 'pacman',
    systems: ['arch'],
    needsRoot: true,
    install: ['pacman', '-S', '--needed', '--noconfirm', 'qemu-system-x86', 'qemu-img', 'edk2-ovmf'],
    mend: [['pacman', '-Sy']],
  },
  {
    name: 'zypper',
    program: 'zypper',
    systems: ['suse', 'opensuse', 'sles'],
    needsRoot: true,
    install: [
      'zypper',
      '--non-interactive',
      'install',
      '--no-recommends',
      'qemu-x86',
      'qemu-tools',
      'qemu-ovmf-x86_64',
    ],
  },
  {
    name: 'apk',
    program: 'apk',
    systems: ['alpine'],
    needsRoot: true,
    install: ['apk', 'add', 'qemu-system-x86_64', 'qemu-img', 'ovmf'],
    mend: [['apk', 'update']],
  },
  { name: 'brew', program: 'brew', systems: ['darwin'], needsRoot: false, install: ['brew', 'install', 'qemu'] },
];
