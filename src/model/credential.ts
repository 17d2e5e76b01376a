import { z } from 'zod';
import { credentialName } from './host.ts';
import { timestamp } from './primitives.ts';

const longestBytes = 8192;

/** What keeps the key of the secrets: a store of this system, or a passphrase that somebody types. */
export const credentialStore = z.enum(['keyring', 'dpapi', 'keychain', 'secret-service', 'passphrase']);
export type CredentialStore = z.infer<typeof credentialStore>;

/** A kept secret, without the secret. */
export const credential = z
  .strictObject({
    name: credentialName,
    store: credentialStore,
    keptAt: timestamp,
    usedBy: z.array(z.string()).describe('Hosts that name it.'),
  })
  .meta({ title: 'Credential', columns: ['name', 'store', 'keptAt', 'usedBy'] });
export type Credential = z.infer<typeof credential>;

/**
 * Any text in one line. A line break is nearly always one that was copied along, and neither a token nor the password of an
 * account holds one. The limits stand in no pattern: shells show what does not fit a pattern.
 */
export const secretText = z
  .string()
  .refine(text => text !== '', 'must not be empty')
  .refine(text => Buffer.byteLength(text) <= longestBytes, `must not be longer than ${longestBytes} bytes`)
  .refine(text => text.isWellFormed(), 'must be Unicode text')
  .refine(text => !/[\u0000-\u001f\u007f]/.test(text), 'must have no line break and no other control character')
  .meta({ secret: true });
