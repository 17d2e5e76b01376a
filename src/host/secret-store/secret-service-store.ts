import { stat } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../find-program.ts';
import { askStore, storeFault } from './ask-store.ts';
import { requirePlainSecret, requireSecretName, type SecretStore } from './secret-store.ts';

const store = 'The Secret Service of this session';

/** Secrets in the keyring of the desktop session, by the program of libsecret. */
export function openSecretServiceStore(program = 'secret-tool'): SecretStore {
  const attributes = (name: string) => ['application', 'vmbridge', 'key', requireSecretName(name)];
  return {
    kind: 'secret-service',
    read: async (name, signal) => {
      const args = ['lookup', ...attributes(name)];
      const { exitCode, stdout, stderr } = await askStore({ store, program, args, input: '', signal });
      if (exitCode === 0 && stdout !== '') return stdout.trim();
      // It says nothing when there is no such secret, and why when it could not look.
      if (stderr.trim() === '') return undefined;
      throw storeFault(store, 'did not give a secret');
    },
    write: async (name, secret, signal) => {
      const args = ['store', '--label=vmbridge', ...attributes(name)];
      const { exitCode } = await askStore({ store, program, args, input: requirePlainSecret(secret), signal });
      if (exitCode !== 0) throw storeFault(store, 'did not take a secret');
    },
  };
}

/** Whether there may be a Secret Service: the program, and a session's bus to reach it by. */
export async function hasSecretService(environment: NodeJS.ProcessEnv): Promise<boolean> {
  return (await findProgram('secret-tool', { environment })) !== undefined && (await hasSessionBus(environment));
}

/** Whether there is the bus of a session. */
export async function hasSessionBus(environment: NodeJS.ProcessEnv): Promise<boolean> {
  if (environment.DBUS_SESSION_BUS_ADDRESS) return true;
  const folder = environment.XDG_RUNTIME_DIR;
  if (!folder || !path.isAbsolute(folder)) return false;
  return (await stat(path.join(folder, 'bus')).catch(() => undefined))?.isSocket() === true;
}
