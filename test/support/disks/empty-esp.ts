import { join } from 'node:path';
import { buildDisk } from '../../../scripts/sample/build-image.ts';
import { createFat32 } from '../../../scripts/sample/file-systems.ts';
import { alignment, encodeGpt } from '../../../scripts/sample/partition-tables.ts';

const mebibyte = 1024 * 1024;

/** A raw disk with an EFI system partition that holds no boot program, as after a failed installation. */
export async function emptyEsp(): Promise<string> {
  const esp = { kind: 'esp' as const, name: 'EFI System', start: alignment, size: 40 * mebibyte };
  const size = esp.start + esp.size + alignment;
  return buildDisk('empty-esp', { size }, { format: 'raw' }, async work => {
    const file = join(work, 'esp.fat');
    await createFat32(file, esp.size, 'ESP', { 'EFI/debian/grub.cfg': 'configfile /boot/grub/grub.cfg\n' });
    return { size, pieces: [...encodeGpt(size, [esp]), { offset: esp.start, file }] };
  });
}
