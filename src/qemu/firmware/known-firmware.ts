/** File names of code and variables that belong together, as distributions and builds of QEMU ship them; best first. */
export const knownPairs: readonly { readonly code: string; readonly vars: string }[] = [
  { code: 'OVMF_CODE_4M.fd', vars: 'OVMF_VARS_4M.fd' },
  { code: 'OVMF_CODE.4m.fd', vars: 'OVMF_VARS.4m.fd' },
  { code: 'OVMF_CODE.fd', vars: 'OVMF_VARS.fd' },
  { code: 'ovmf-x86_64-4m-code.bin', vars: 'ovmf-x86_64-4m-vars.bin' },
  { code: 'ovmf-x86_64-code.bin', vars: 'ovmf-x86_64-vars.bin' },
  { code: 'edk2-x86_64-code.fd', vars: 'edk2-i386-vars.fd' },
];

/** Where they are kept outside QEMU's own folders. */
export const knownFirmwareFolders: readonly string[] = [
  '/usr/share/OVMF',
  '/usr/share/edk2/x64',
  '/usr/share/edk2-ovmf/x64',
  '/usr/share/edk2/ovmf',
  '/usr/share/edk2-ovmf',
  '/usr/share/edk2/OvmfX64',
  '/usr/share/ovmf/x64',
  '/usr/share/ovmf',
  '/usr/share/qemu',
  '/usr/local/share/qemu',
  '/opt/homebrew/share/qemu',
];
