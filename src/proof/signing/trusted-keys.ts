import type { KeyObject } from 'node:crypto';
import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { readSmallFile } from './bundle-file.ts';
import { identifyKey, readPublicKey } from './public-key.ts';

/** Public keys by their ids. */
export type KeyRing = ReadonlyMap<string, KeyObject>;

const mostKeys = 1000;
const longest = 64 * 1024;

/** Where the keys of a state folder lie. */
export function keyFolder(state: string): string {
  return path.join(state, 'keys');
}

/** Where public keys lie whose bundles count. */
export function trustedFolder(state: string): string {
  return path.join(keyFolder(state), 'trusted');
}

/** Where a key lies that is trusted from its making on. */
export function trustedFile(state: string, keyId: string): string {
  return path.join(trustedFolder(state), `${keyId}.pem`);
}

/** Every key whose bundles count here: those made here, and the PEM files that the user has put beside them. */
export async function readTrustedKeys(state: string): Promise<KeyRing> {
  const folder = trustedFolder(state);
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.pem')).slice(0, mostKeys);
  const keys = await Promise.all(names.map(name => readKeyFile(path.join(folder, name)).catch(() => undefined)));
  return new Map(keys.filter(key => key !== undefined).map(key => [identifyKey(key), key]));
}

/** Counts a key as trusted from now on, also when another one signs later. */
export async function trustKey(state: string, keyId: string, publicKey: string): Promise<void> {
  const file = trustedFile(state, keyId);
  if ((await lstat(file).catch(() => undefined)) === undefined) await writeFileAtomically(file, publicKey);
}

/** The key in a file that the caller named. Faults, with the field: `not_found`, `invalid`. */
export async function readNamedKey(file: string): Promise<KeyRing> {
  const found = await lstat(file).catch(() => undefined);
  const data = { field: 'publicKey', path: file };
  if (found === undefined) {
    throw new Fault('not_found', `There is no file ${file}.`, { remedy: 'Correct "publicKey".', data });
  }
  const key = await readKeyFile(file).catch(() => undefined);
  if (key !== undefined) return new Map([[identifyKey(key), key]]);
  throw new Fault('invalid', `The file ${file} holds no Ed25519 public key in PEM.`, {
    remedy: 'Let the signer export it: vmbridge proof-key --target signer.pem',
    data,
  });
}

async function readKeyFile(file: string): Promise<KeyObject | undefined> {
  // Unlike in a bundle, a link here was put by who trusts.
  const bytes = await readSmallFile(await realpath(file), longest);
  return bytes === undefined ? undefined : readPublicKey(decodeText(bytes));
}

/** Some shells and editors of Windows write texts in UTF-16, or mark UTF-8 at its beginning. */
function decodeText(bytes: Buffer): string {
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
}
