import { askStore, storeFault } from './ask-store.ts';
import { requirePlainSecret, requireSecretName, type SecretStore } from './secret-store.ts';

const store = 'The keychain of macOS';
/** errSecItemNotFound, as the program reports it. */
const notFound = 44;

/** Secrets as passwords in the user's keychain, by the program that macOS has for it. */
export function openKeychainStore(program = '/usr/bin/security'): SecretStore {
  return {
    kind: 'keychain',
    read: async (name, signal) => {
      const args = ['find-generic-password', '-s', 'vmbridge', '-a', requireSecretName(name), '-w'];
      const { exitCode, stdout } = await askStore({ store, program, args, input: '', signal });
      if (exitCode === notFound) return undefined;
      if (exitCode !== 0) throw storeFault(store, 'did not give a secret');
      return stdout.trim();
    },
    write: async (name, secret, signal) => {
      // As a line of its own commands: arguments can be read by every user. Whether it worked, reading it back tells.
      const words = ['add-generic-password', '-U', '-s', 'vmbridge', '-a', requireSecretName(name)];
      const input = `${[...words, '-w', requirePlainSecret(secret)].join(' ')}\n`;
      const { exitCode } = await askStore({ store, program, args: ['-i'], input, signal });
      if (exitCode !== 0) throw storeFault(store, 'did not take a secret');
    },
  };
}
