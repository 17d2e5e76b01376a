import { cancelledFault } from '../../errors/fault.ts';
import { storeFault } from './ask-store.ts';
import { loadKeyring } from './load-keyring.ts';
import { requirePlainSecret, requireSecretName, type SecretStore } from './secret-store.ts';

const service = 'vmbridge';
/** A keyring that is locked asks its user, who may not be there. */
const patienceMilliseconds = 20_000;

/**
 * Secrets in the store of this system, by the library: the Credential Manager of Windows, the keychain of macOS, the Secret
 * Service of a desktop session. On Linux never in the memory of the kernel, which the library would fall back to: that is
 * gone with the next restart.
 */
export function openKeyringStore(): SecretStore {
  return {
    kind: 'keyring',
    read: async (name, signal) => {
      const entry = openEntry(name);
      return (await ask(signal, late => entry.getPassword(late), 'did not give a secret')) ?? undefined;
    },
    write: async (name, secret, signal) => {
      const entry = openEntry(name);
      const plain = requirePlainSecret(secret);
      await ask(signal, late => entry.setPassword(plain, late), 'did not take a secret');
    },
  };
}

/** What people call the store that the library speaks to. */
export function keyringTitle(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return 'The Credential Manager of Windows';
  return platform === 'darwin' ? 'The keychain of macOS' : 'The Secret Service of this session';
}

function openEntry(name: string) {
  requireSecretName(name);
  const library = loadKeyring();
  if (library === undefined) throw storeFault(keyringTitle(), 'can not be asked: the library for it is not installed');
  try {
    return new library.AsyncEntry(service, name, { linux: { store: 'secret-service' } });
  } catch {
    throw storeFault(keyringTitle(), 'is not there');
  }
}

/** What the library says of a failure is left out: it may hold what it was given. */
async function ask<Value>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Value>,
  problem: string,
): Promise<Value> {
  const late = AbortSignal.timeout(patienceMilliseconds);
  const either = signal === undefined ? late : AbortSignal.any([signal, late]);
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(late);
  either.addEventListener('abort', giveUp, { once: true });
  try {
    // The library looks at the signal before it begins, and not while the system waits for its user.
    return await Promise.race([given, work(either)]);
  } catch {
    if (signal?.aborted) throw cancelledFault(signal, `Asking ${keyringTitle()}`);
    throw storeFault(keyringTitle(), late.aborted ? 'did not answer in time: it may be locked' : problem);
  } finally {
    either.removeEventListener('abort', giveUp);
  }
}
