import { getSystemProgram } from '../windows/system-program.ts';
import { askStore, storeFault } from './ask-store.ts';
import { openFileStore } from './file-store.ts';
import type { SecretStore } from './secret-store.ts';

const store = 'The data protection of Windows';

// What is to be done comes by standard input, as JSON in plain ASCII: arguments can be read by every user.
const script = [
  "$ErrorActionPreference='Stop'",
  'Add-Type -AssemblyName System.Security',
  '$asked=ConvertFrom-Json ([Console]::In.ReadToEnd())',
  '$bytes=[Convert]::FromBase64String($asked.data)',
  '$user=[Security.Cryptography.DataProtectionScope]::CurrentUser',
  "if($asked.action -eq 'protect'){$made=[Security.Cryptography.ProtectedData]::Protect($bytes,$null,$user)}" +
    'else{$made=[Security.Cryptography.ProtectedData]::Unprotect($bytes,$null,$user)}',
  '[Console]::Out.Write([Convert]::ToBase64String($made))',
].join(';');

export interface DpapiPlaces {
  /** Holds the protected secrets. */
  readonly folder: string;
  /** Windows PowerShell; that of the system when left out. */
  readonly program?: string | undefined;
}

/** Secrets as files that only the same user of the same Windows can decrypt. */
export function openDpapiStore({ folder, program }: DpapiPlaces): SecretStore {
  const files = openFileStore(folder, '.dpapi');
  const ask = async (action: 'protect' | 'unprotect', data: string, signal: AbortSignal | undefined) => {
    const { exitCode, stdout } = await askStore({
      store,
      program: program ?? getSystemProgram('WindowsPowerShell\\v1.0\\powershell.exe'),
      args: ['-NoProfile', '-NonInteractive', '-Command', script],
      input: JSON.stringify({ action, data }),
      signal,
    });
    const made = stdout.replace(/^\ufeff/, '').trim();
    if (exitCode === 0 && /^[A-Za-z0-9+/]+=*$/.test(made)) return made;
    throw storeFault(store, action === 'protect' ? 'refused to protect a secret' : 'can not read this secret');
  };
  return {
    kind: 'dpapi',
    read: async (name, signal) => {
      const kept = await files.read(name, signal);
      if (kept === undefined) return undefined;
      return Buffer.from(await ask('unprotect', kept, signal), 'base64').toString('utf8');
    },
    write: async (name, secret, signal) =>
      files.write(name, await ask('protect', Buffer.from(secret).toString('base64'), signal), signal),
  };
}
