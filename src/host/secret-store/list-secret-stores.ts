import { findPaths } from '../paths.ts';
import { openDpapiStore } from './dpapi-store.ts';
import { openFileStore } from './file-store.ts';
import { openKeychainStore } from './keychain-store.ts';
import { openKeyringStore } from './keyring-store.ts';
import { loadKeyring } from './load-keyring.ts';
import { hasSecretService, hasSessionBus, openSecretServiceStore } from './secret-service-store.ts';
import type { SecretStore, SecretStoreKind } from './secret-store.ts';

export interface SecretStorePlaces {
  /** Holds the secrets that are files. */
  readonly folder: string;
  /** The state folder to which the secrets belong. */
  readonly state: string;
  readonly platform?: NodeJS.Platform | undefined;
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/**
 * The stores that may take a new secret, best first. A state folder that is not the user's usual one keeps all that is its
 * own: nothing of it goes into a keyring.
 */
export async function listSecretStores(places: SecretStorePlaces): Promise<SecretStore[]> {
  const { platform = process.platform, environment = process.env } = places;
  const isUsual = isUsualState(places);
  const kinds: SecretStoreKind[] = [];
  if (platform === 'win32') kinds.push('dpapi');
  if (platform === 'darwin' && isUsual) kinds.push('keychain');
  if (platform === 'linux' && isUsual && (await hasSecretService(environment))) kinds.push('secret-service');
  return [...kinds, 'file' as const].map(kind => openSecretStore(kind, places.folder));
}

/**
 * The stores of this system that may take the key of all other secrets, best first: by the library, and by the programs of
 * the system where that is not installed. None is a file that anybody could read who gets hold of it.
 */
export async function listKeyStores(places: SecretStorePlaces): Promise<SecretStore[]> {
  const { platform = process.platform, environment = process.env } = places;
  const byLibrary = isUsualState(places) && (platform !== 'linux' || (await hasSessionBus(environment)));
  const library = byLibrary && loadKeyring() !== undefined ? [openKeyringStore()] : [];
  return [...library, ...(await listSecretStores(places)).filter(({ kind }) => kind !== 'file')];
}

function isUsualState({ state, platform = process.platform, environment = process.env }: SecretStorePlaces): boolean {
  return state === findPaths({ ...environment, VMBRIDGE_HOME: '' }, platform).state;
}

/** The store of that kind; `folder` holds the secrets that are files. */
export function openSecretStore(kind: SecretStoreKind, folder: string): SecretStore {
  switch (kind) {
    case 'keyring':
      return openKeyringStore();
    case 'dpapi':
      return openDpapiStore({ folder });
    case 'keychain':
      return openKeychainStore();
    case 'secret-service':
      return openSecretServiceStore();
    case 'file':
      return openFileStore(folder);
  }
}
