import { createRequire } from 'node:module';

type Keyring = Pick<typeof import('@napi-rs/keyring'), 'AsyncEntry'>;

let loaded: Keyring | false | undefined;

/**
 * The library that speaks to the store of secrets of this system; undefined where it is not installed, or not made for this
 * platform. Native code is not bundled, and is loaded by the first call.
 */
export function loadKeyring(): Keyring | undefined {
  if (loaded === undefined) loaded = tryToLoad();
  return loaded === false ? undefined : loaded;
}

function tryToLoad(): Keyring | false {
  try {
    return createRequire(import.meta.url)('@napi-rs/keyring') as Keyring;
  } catch {
    return false;
  }
}
