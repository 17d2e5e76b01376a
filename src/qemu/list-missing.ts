import type { EngineCapabilities } from './engine-capabilities.ts';
import { findCompanionCommand } from './find/companion-command.ts';
import { findInstallCommand } from './find/install-command.ts';

/** Something that QEMU has not got here, and what would bring it. */
export interface MissingPart {
  readonly what: string;
  readonly why: string;
  readonly command?: string | undefined;
}

/** What a working QEMU lacks here. Firmware counts as missing when it was looked for and not found. */
export async function listMissing(
  capabilities: EngineCapabilities | undefined,
  hasUefi: boolean,
): Promise<MissingPart[]> {
  const missing: MissingPart[] = [];
  if (!hasUefi) {
    const why = 'Images that boot through UEFI need it.';
    missing.push({ what: 'UEFI firmware', why, command: await findInstallCommand() });
  }
  if (capabilities === undefined) return missing;
  if (!capabilities.vnc)
    missing.push({ what: 'VNC', why: 'The console of a machine needs a QEMU that is built with it.' });
  return [...missing, ...(await listMissingPrograms(capabilities))];
}

async function listMissingPrograms(capabilities: EngineCapabilities): Promise<MissingPart[]> {
  const missing: MissingPart[] = [];
  const { ninep, virtiofsDevice, virtiofsd, tpmDevice, swtpm } = capabilities;
  if (virtiofsDevice && virtiofsd === undefined && process.platform === 'linux') {
    const why = `Shared folders by virtiofs need it${ninep ? '; 9p does without' : ''}.`;
    missing.push({ what: 'virtiofsd', why, command: await findCompanionCommand('virtiofsd') });
  }
  if (!ninep && !virtiofsDevice) missing.push({ what: '9p', why: 'This QEMU is built without shared folders.' });
  if (tpmDevice && swtpm === undefined && process.platform === 'linux') {
    const why = 'Machines with a TPM need it.';
    missing.push({ what: 'swtpm', why, command: await findCompanionCommand('swtpm') });
  }
  return missing;
}

/** What this QEMU can be asked for, in one word each. */
export function listFeatures(capabilities: EngineCapabilities): string[] {
  const { vnc, spice, pngScreenshots, ninep, virtiofsDevice, virtiofsd, tpmDevice, swtpm, usb, usbHost } = capabilities;
  const features: Readonly<Record<string, boolean>> = {
    vnc,
    spice,
    png: pngScreenshots,
    '9p': ninep,
    virtiofs: virtiofsDevice && virtiofsd !== undefined,
    tpm: tpmDevice && swtpm !== undefined,
    usb,
    'usb-host': usbHost,
  };
  return Object.keys(features).filter(name => features[name]);
}
