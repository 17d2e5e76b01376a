import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeySource } from './sealed-file.ts';

/** The key of a sealed file by its passphrase. Keyboards differ in how they compose letters with accents, which does not count. */
export async function deriveKey(
  passphrase: string,
  { salt, logN, r, p }: Extract<KeySource, { kind: 'passphrase' }>,
): Promise<Buffer> {
  const N = 2 ** logN;
  const work = promisify<string, Buffer, number, object, Buffer>(scrypt);
  return work(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem: 256 * N * r });
}
