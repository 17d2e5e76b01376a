import { findPaths } from '../paths.ts';
import { openDpapiStore } from './dpapi-store.ts';
import { openFileStore } from './file-store.ts';
import { openKeychainStore } from './keychain-store.ts';
import { hasSecretService, openSecretServiceStore } from './secret-service-store.ts';
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
  const isUsual = places.state === findPaths({ ...environment, VMBRIDGE_HOME: '' }, platform).state;
  const kinds: SecretStoreKind[] = [];
  if (platform === 'win32') kinds.push('dpapi');
  if (platform === 'darwin' && isUsual) kinds.push('keychain');
  if (platform === 'linux' && isUsual && (await hasSecretService(environment))) kinds.push('secret-service');
  return [...kinds, 'file' as const].map(kind => openSecretStore(kind, places.folder));
}

/** The store of that kind; `folder` holds the secrets that are files. */
export function openSecretStore(kind: SecretStoreKind, folder: string): SecretStore {
  switch (kind) {
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
