export const secretStoreKinds = ['keyring', 'dpapi', 'keychain', 'secret-service', 'file'] as const;
export type SecretStoreKind = (typeof secretStoreKinds)[number];

/** Keeps short secrets, each under a name. */
export interface SecretStore {
  readonly kind: SecretStoreKind;
  /** Undefined when there is no such secret. Faults: whatever keeps the store from answering. */
  read(name: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Replaces a secret of that name. */
  write(name: string, secret: string, signal?: AbortSignal): Promise<void>;
}

/** A name of letters, digits, "-" and "_": part of a file's name and of other programs' commands. */
export function requireSecretName(name: string): string {
  if (/^[\w-]{1,128}$/.test(name)) return name;
  throw new TypeError('The name of a secret consists of letters, digits, "-" and "_".');
}

/** Refuses what would have to be quoted in a command that another program takes apart. */
export function requirePlainSecret(secret: string): string {
  if (/^[\w+/=-]{1,4096}$/.test(secret)) return secret;
  throw new TypeError('A secret consists of letters, digits and "+/=-_".');
}
