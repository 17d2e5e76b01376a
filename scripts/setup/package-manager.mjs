/**
 * System packages: which are missing, and the commands that install them. Pure functions: what the system has
 * is asked through `system`, so that the choice can be tested for any system.
 *
 * system: { platform, isRoot, hasTerminal, sudoWithoutPassword, hasProgram(name), hasFile(path) }
 */

const firmwareFiles = [
  '/usr/share/OVMF/OVMF_CODE_4M.fd',
  '/usr/share/OVMF/OVMF_CODE.fd',
  '/usr/share/edk2/x64/OVMF_CODE.4m.fd',
  '/usr/share/edk2/x64/OVMF_CODE.fd',
  '/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2',
  '/usr/share/edk2/ovmf/OVMF_CODE.fd',
  '/usr/share/edk2-ovmf/x64/OVMF_CODE.fd',
  '/usr/share/qemu/ovmf-x86_64-4m-code.bin',
  '/usr/share/qemu/ovmf-x86_64-code.bin',
  '/usr/share/qemu/edk2-x86_64-code.fd',
  '/usr/share/ovmf/OVMF.fd',
  '/opt/homebrew/share/qemu/edk2-x86_64-code.fd',
  '/usr/local/share/qemu/edk2-x86_64-code.fd',
  'C:\\Program Files\\qemu\\share\\edk2-x86_64-code.fd',
];

const windowsQemu = 'C:\\Program Files\\qemu';
const hasQemuProgram = name => system =>
  system.hasProgram(name) || system.hasFile(`${windowsQemu}\\${name}.exe`) || system.hasFile(`/usr/libexec/${name}`);
const everywhere = name => ({ apt: name, dnf: name, pacman: name, zypper: name, apk: name, brew: name });
const debianOnly = name => ({ apt: name });

/** What is needed, how to see that it is there, and the package that has it for each package manager. */
const needs = {
  'qemu-system': {
    isThere: hasQemuProgram('qemu-system-x86_64'),
    packages: {
      apt: 'qemu-system-x86',
      dnf: 'qemu-system-x86-core',
      pacman: 'qemu-system-x86',
      zypper: 'qemu-x86',
      apk: 'qemu-system-x86_64',
      brew: 'qemu',
      winget: 'SoftwareFreedomConservancy.QEMU',
    },
  },
  'qemu-img': {
    isThere: hasQemuProgram('qemu-img'),
    packages: {
      apt: 'qemu-utils',
      dnf: 'qemu-img',
      pacman: 'qemu-img',
      zypper: 'qemu-tools',
      apk: 'qemu-img',
      brew: 'qemu',
      winget: 'SoftwareFreedomConservancy.QEMU',
    },
  },
  firmware: {
    isThere: system => firmwareFiles.some(file => system.hasFile(file)),
    packages: {
      apt: 'ovmf',
      dnf: 'edk2-ovmf',
      pacman: 'edk2-ovmf',
      zypper: 'qemu-ovmf-x86_64',
      apk: 'ovmf',
      brew: 'qemu',
      winget: 'SoftwareFreedomConservancy.QEMU',
    },
  },
  mformat: { isThere: system => system.hasProgram('mformat'), packages: everywhere('mtools') },
  'mkfs.ext4': { isThere: system => system.hasProgram('mkfs.ext4'), packages: everywhere('e2fsprogs') },
  'grub-mkimage': { isThere: system => system.hasProgram('grub-mkimage'), packages: debianOnly('grub-common') },
  // grub-mkrescue puts the boot programs of every platform whose modules are installed on its disc.
  'grub-pc-modules': {
    isThere: system => system.hasFile('/usr/lib/grub/i386-pc/boot.img'),
    packages: debianOnly('grub-pc-bin'),
  },
  'grub-efi-modules': {
    isThere: system => system.hasFile('/usr/lib/grub/x86_64-efi/moddep.lst'),
    packages: debianOnly('grub-efi-amd64-bin'),
  },
  'mkfs.vfat': { isThere: system => system.hasProgram('mkfs.vfat'), packages: everywhere('dosfstools') },
  sgdisk: {
    isThere: system => system.hasProgram('sgdisk'),
    packages: { ...everywhere('gdisk'), pacman: 'gptfdisk', zypper: 'gptfdisk', apk: 'sgdisk', brew: 'gptfdisk' },
  },
  sfdisk: { isThere: system => system.hasProgram('sfdisk'), packages: debianOnly('fdisk') },
  ps: { isThere: system => system.hasProgram('ps'), packages: debianOnly('procps') },
  // Runs the Windows build of Node, and with it the code paths of Windows.
  wine: {
    isThere: system => system.hasProgram('wine64') || system.hasFile('/usr/lib/wine/wine64'),
    packages: debianOnly('wine64'),
  },
  xorriso: { isThere: system => system.hasProgram('xorriso'), packages: everywhere('xorriso') },
  makensis: { isThere: system => system.hasProgram('makensis'), packages: debianOnly('nsis') },
  '7z': { isThere: system => system.hasProgram('7z'), packages: debianOnly('p7zip-full') },
  // Draw the screens that the rules for pictures are held against.
  'rsvg-convert': {
    isThere: system => system.hasProgram('rsvg-convert'),
    packages: { ...debianOnly('librsvg2-bin'), dnf: 'librsvg2-tools', pacman: 'librsvg' },
  },
  'fc-match': { isThere: system => system.hasProgram('fc-match'), packages: everywhere('fontconfig') },
  'Open Sans': {
    isThere: system => system.hasFile('/usr/share/fonts/truetype/open-sans/OpenSans-Regular.ttf'),
    packages: debianOnly('fonts-open-sans'),
  },
  Cantarell: {
    isThere: system => system.hasFile('/usr/share/fonts/opentype/cantarell/Cantarell-Regular.otf'),
    packages: debianOnly('fonts-cantarell'),
  },
  'WenQuanYi Micro Hei': {
    isThere: system => system.hasFile('/usr/share/fonts/truetype/wqy/wqy-microhei.ttc'),
    packages: debianOnly('fonts-wqy-microhei'),
  },
  DejaVu: {
    isThere: system => system.hasFile('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'),
    packages: debianOnly('fonts-dejavu-core'),
  },
  openssl: { isThere: system => system.hasProgram('openssl'), packages: debianOnly('openssl') },
};

/** Names of needs, by purpose. */
export const engineNeeds = ['qemu-system', 'qemu-img', 'firmware'];
export const sampleNeeds = ['mformat', 'mkfs.ext4'];
export const testNeeds = [
  ...sampleNeeds,
  'grub-mkimage',
  'grub-pc-modules',
  'grub-efi-modules',
  'mkfs.vfat',
  'sgdisk',
  'sfdisk',
  'ps',
  'xorriso',
  'makensis',
  '7z',
  'openssl',
  'wine',
  'rsvg-convert',
  'fc-match',
  'Open Sans',
  'Cantarell',
  'WenQuanYi Micro Hei',
  'DejaVu',
];

/** Those of `names` that this system has not. */
export function findMissing(names, system) {
  return names.filter(name => !needs[name].isThere(system));
}

const managers = [
  { name: 'apt', program: 'apt-get' },
  { name: 'dnf', program: 'dnf' },
  { name: 'pacman', program: 'pacman' },
  { name: 'zypper', program: 'zypper' },
  { name: 'apk', program: 'apk' },
  { name: 'brew', program: 'brew' },
  { name: 'winget', program: 'winget' },
];

/** The system's package manager, or undefined when none is known. */
export function chooseManager(system) {
  const native = { win32: ['winget'], darwin: ['brew'] }[system.platform];
  return managers.find(({ name, program }) => (native?.includes(name) ?? true) && system.hasProgram(program))?.name;
}

/** Packages for the missing needs; a need that the manager has no package for is left out. */
export function choosePackages(manager, missing) {
  return [...new Set(missing.map(name => needs[name].packages[manager]).filter(name => name !== undefined))];
}

const quietApt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=120'];

function managerCommand(manager, packages) {
  switch (manager) {
    case 'apt':
      return [...quietApt, 'install', '-y', '--no-install-recommends', ...packages];
    case 'dnf':
      return ['dnf', 'install', '-y', '--setopt=install_weak_deps=False', ...packages];
    case 'pacman':
      return ['pacman', '-S', '--needed', '--noconfirm', ...packages];
    case 'zypper':
      return ['zypper', '--non-interactive', 'install', '--no-recommends', ...packages];
    case 'apk':
      return ['apk', 'add', ...packages];
    case 'brew':
      return ['brew', 'install', ...packages];
    case 'winget':
      return [
        'winget',
        'install',
        '--exact',
        '--accept-package-agreements',
        '--accept-source-agreements',
        '--id',
        ...packages,
      ];
  }
  throw new Error(`unknown package manager ${manager}`);
}

function asAdministrator(manager, command, system) {
  if (system.isRoot || manager === 'brew' || manager === 'winget') return command;
  return ['sudo', ...command];
}

/**
 * The commands that install packages: `install`; for apt also `refresh` (the package lists) and `repair` (what a killed
 * dpkg left half done). `allowed` is false when they need rights that can only be given by a person who is not there.
 */
export function planInstallation(manager, packages, system) {
  const finish = command => asAdministrator(manager, command, system);
  const install = finish(managerCommand(manager, packages));
  const needsSudo = install[0] === 'sudo';
  const allowed = !needsSudo || (system.hasProgram('sudo') && (system.hasTerminal || system.sudoWithoutPassword));
  const refresh = { apt: [...quietApt, 'update'], pacman: ['pacman', '-Sy'] }[manager];
  const repair = manager === 'apt' ? ['env', 'DEBIAN_FRONTEND=noninteractive', 'dpkg', '--configure', '-a'] : undefined;
  return { install, allowed, refresh: refresh && finish(refresh), repair: repair && finish(repair) };
}
