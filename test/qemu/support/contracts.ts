import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Recorded output of real programs, kept outside the repository; nothing where it is not at hand. */
export function readContract(name: string): Promise<string | undefined> {
  const folder = process.env.VMBRIDGE_CONTRACTS ?? join(import.meta.dirname, '../../../../shared/contracts');
  return readFile(join(folder, 'qemu', name), 'utf8').catch(() => undefined);
}
