import type { Firmware } from '../../model/image.ts';
import { biosBootType } from '../tables/type-names.ts';
import { isEfiSystem } from './find-clues.ts';
import type { EfiFile } from './find-efi-files.ts';
import type { FoundVolumes } from './find-volumes.ts';
import { type BootCode, readBootCode } from './read-boot-code.ts';
import type { ElToritoEntry } from './read-el-torito.ts';
import type { Notes } from './tolerate.ts';

export interface BootChoice {
  readonly firmware?: Firmware | undefined;
  /** The other one, for a disk that boots with either. */
  readonly otherFirmware?: Firmware | undefined;
  readonly bootable: boolean;
}

/** How an optical disc boots: by UEFI when its catalogue or its files offer that, else by BIOS. */
export function chooseDiscFirmware(elTorito: readonly ElToritoEntry[], efiFiles: readonly EfiFile[]): BootChoice {
  if (elTorito.some(entry => entry.platform === 'uefi')) return { firmware: 'uefi', bootable: true };
  if (elTorito.some(entry => entry.platform === 'bios')) return { firmware: 'bios', bootable: true };
  return efiFiles.length > 0 ? { firmware: 'uefi', bootable: true } : { bootable: false };
}

/** How a disk boots. `sector` is its first 512 bytes. */
export async function chooseDiskFirmware(
  sector: Buffer,
  found: FoundVolumes,
  efiFiles: readonly EfiFile[],
  notes: Notes,
  signal?: AbortSignal,
): Promise<BootChoice> {
  const { table, volumes } = found;
  const code = readBootCode(sector, table.kind === 'none');
  const canBios =
    code.isPresent && !code.isMessage && (!code.needsActive || (await startsActive(found, notes, signal)));
  const hasEfi = efiFiles.length > 0;
  const systems = volumes.filter(isEfiSystem);
  if (canBios && hasEfi) {
    const [first, other] = table.kind === 'gpt' ? (['uefi', 'bios'] as const) : (['bios', 'uefi'] as const);
    return { firmware: first, otherFirmware: other, bootable: true };
  }
  if (table.kind === 'gpt') return chooseForGpt(code, canBios, hasEfi, found);
  if (canBios) return { firmware: 'bios', bootable: true };
  if (hasEfi) return { firmware: 'uefi', bootable: true };
  const speaksOfBios = table.entries.some(entry => entry.active) || (code.isPresent && !code.isMessage);
  if (systems.length > 0 && !speaksOfBios) return { firmware: 'uefi', bootable: false };
  return speaksOfBios ? { firmware: 'bios', bootable: false } : { bootable: false };
}

function chooseForGpt(
  code: BootCode,
  canBios: boolean,
  canUefi: boolean,
  { table, volumes }: FoundVolumes,
): BootChoice {
  if (canUefi) return { firmware: 'uefi', bootable: true };
  if (canBios) return { firmware: 'bios', bootable: true };
  if (volumes.some(isEfiSystem)) return { firmware: 'uefi', bootable: false };
  const speaksOfBios = code.isPresent || table.entries.some(entry => entry.type === biosBootType);
  return speaksOfBios ? { firmware: 'bios', bootable: false } : { bootable: false };
}

/** Whether an active partition exists whose own first sector has code to go on with. */
async function startsActive({ volumes }: FoundVolumes, notes: Notes, signal?: AbortSignal): Promise<boolean> {
  const active = volumes.find(volume => volume.entry?.active);
  if (!active || active.reader.size < 512) return false;
  const sector = await notes.tolerate(`The boot sector of ${active.name}`, undefined, () =>
    active.reader.read(0, 512, signal),
  );
  if (!sector) return false;
  const code = readBootCode(sector, true);
  return code.isPresent && !code.isMessage;
}
