import { randomBytes } from 'node:crypto';
import { Fault } from '../../errors/fault.ts';
import { deriveKey } from '../../host/secret-store/derive-key.ts';
import { listKeyStores, openSecretStore } from '../../host/secret-store/list-secret-stores.ts';
import type { KeySource } from '../../host/secret-store/sealed-file.ts';
import type { SecretStore } from '../../host/secret-store/secret-store.ts';
import { findPassphrase } from './passphrase.ts';

export interface VaultKey {
  readonly source: KeySource;
  readonly key: Buffer;
}

export interface KeyPlaces {
  /** Holds the sealed file, and what the stores of the system keep as files. */
  readonly folder: string;
  readonly state: string;
  readonly signal?: AbortSignal | undefined;
  /** Takes the place of the stores of this system. */
  readonly stores?: readonly SecretStore[] | undefined;
}

const keyBytes = 32;
const shortestPassphrase = 8;
/** 64 MiB and a third of a second for each guess. */
const cost = { logN: 16, r: 8, p: 2 };

/**
 * The key for a new file: a passphrase that is given wins, as somebody has chosen it; else a random key that the first store
 * of this system keeps. Fault `unavailable` with both ways out when there is neither.
 */
export async function makeVaultKey(places: KeyPlaces): Promise<VaultKey> {
  const passphrase = await findPassphrase();
  if (passphrase !== undefined) return makePassphraseKey(passphrase);
  const name = `secrets-${randomBytes(8).toString('hex')}`;
  const key = randomBytes(keyBytes);
  const stores = places.stores ?? (await listKeyStores(places));
  for (const store of stores) {
    if (store.kind !== 'file' && (await tryToKeep(store, name, key, places.signal))) {
      return { source: { kind: store.kind, name }, key };
    }
  }
  throw nothingKeeps(stores.length > 0);
}

/** The key that a file was sealed with. Faults: `unavailable`, `denied`. */
export async function openVaultKey(source: KeySource, { folder, stores, signal }: KeyPlaces): Promise<Buffer> {
  if (source.kind === 'passphrase') {
    const passphrase = await findPassphrase();
    if (passphrase === undefined) throw passphraseNeeded();
    return deriveKey(passphrase, source);
  }
  const store = stores?.find(({ kind }) => kind === source.kind) ?? openSecretStore(source.kind, folder);
  const kept = await store.read(source.name, signal);
  const key = Buffer.from(kept ?? '', 'base64');
  if (key.length === keyBytes) return key;
  throw new Fault('unavailable', 'The key of the secrets is no longer in the store of this system.', {
    remedy: `Restore "${source.name}" of "vmbridge" there; else remove ${folder} and keep the secrets anew.`,
    data: { store: source.kind },
  });
}

async function makePassphraseKey(passphrase: string): Promise<VaultKey> {
  if ([...passphrase].length < shortestPassphrase) {
    throw new Fault('invalid', `A passphrase for secrets has at least ${shortestPassphrase} characters.`, {
      remedy: 'Choose a longer one: several words are good.',
      data: { passphrase: 'short' },
    });
  }
  const source = { kind: 'passphrase', salt: randomBytes(16).toString('base64'), ...cost } as const;
  return { source, key: await deriveKey(passphrase, source) };
}

async function tryToKeep(store: SecretStore, name: string, key: Buffer, signal: AbortSignal | undefined) {
  const secret = key.toString('base64');
  try {
    await store.write(name, secret, signal);
    return (await store.read(name, signal)) === secret;
  } catch (error) {
    if (signal?.aborted) throw error;
    return false;
  }
}

const waysOut =
  'Sign in to a desktop session with a keyring, or choose a passphrase: at a terminal, vmbridge credential set asks for one; else name a file with it in VMBRIDGE_PASSPHRASE_FILE.';

function nothingKeeps(refused: boolean): Fault {
  const why = refused ? 'the store of this system did not take its key' : 'this system has no store for its key';
  return new Fault('unavailable', `Secrets can not be kept here: ${why}, and there is no passphrase.`, {
    remedy: waysOut,
    data: { passphrase: 'new' },
  });
}

function passphraseNeeded(): Fault {
  return new Fault('unavailable', 'The secrets are sealed with a passphrase, which is not known here.', {
    remedy: 'Name a file with it in VMBRIDGE_PASSPHRASE_FILE. At a terminal the command line asks for it.',
    data: { passphrase: 'known' },
  });
}
