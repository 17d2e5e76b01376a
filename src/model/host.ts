import { z } from 'zod';
import { providerId } from './provider.ts';

/** The name of this machine itself among the hosts. */
export const localHost = 'local';

/** Part of machine ids, as in `proxmox:lab/100`. */
export const hostName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and "-", at most 63')
  .refine(name => name !== localHost, 'must not be "local", which is this machine')
  .meta({ refersTo: 'host' })
  .describe('Name of a configured host.');

/** Where a tool that concerns a whole host is answered. */
export const hostReference = z
  .string()
  .min(1)
  .max(63)
  .meta({ refersTo: 'host', parameter: 'HostName' })
  .describe('Host, as host.list names it; may be left out when there is only one.');

/** The name under which a secret is kept; the secret itself is in no configuration. */
export const credentialName = z
  .string()
  .regex(/^[A-Za-z0-9][\w-]{0,63}$/, 'must be letters, digits, "-" and "_", at most 64')
  .meta({ refersTo: 'credential' });

const file = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]+$/, 'must not contain a NUL character')
  .meta({ refersTo: 'file' });

/** SHA-256 of a certificate, as browsers and `pvenode cert info` write it. */
export const fingerprint = z
  .string()
  .regex(
    /^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$/,
    'must be the 64 hexadecimal digits of a SHA-256, with or without colons',
  );

/** A host of the configuration: how it is reached and who asks. Each provider checks what it needs of it. */
export const hostSettings = z.strictObject({
  provider: providerId,
  addresses: z
    .array(z.string().min(1).max(300))
    .min(1)
    .max(64)
    .describe('Where it is reached, e.g. "pve1.lab:8006"; the nodes of one cluster, tried in turn.'),
  user: z.string().min(1).max(128).optional().describe('Account, e.g. "root@pam".'),
  tokenId: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Name of the API token; without it, credential is a password.'),
  credential: credentialName
    .meta({ parameter: 'SecretName' })
    .optional()
    .describe("Name of the kept secret: the token's, or the password."),
  totp: credentialName
    .meta({ parameter: 'TotpSecretName' })
    .optional()
    .describe('Name of the kept secret of the second factor, in base32.'),
  caFile: file.optional().describe('PEM file of the authority that signed its certificate.'),
  fingerprints: z.array(fingerprint).max(64).optional().describe('SHA-256 of the certificates to be trusted.'),
  clientCertificate: file.optional().describe('PEM or PKCS #12 file with a certificate to show.'),
  clientKey: file.optional().describe('PEM file of its key, where it is not in the same file.'),
  clientKeyPassword: credentialName
    .meta({ parameter: 'ClientKeySecretName' })
    .optional()
    .describe('Name of the kept secret that opens the key.'),
  timeoutSeconds: z.int().min(1).max(600).optional().describe('How long an answer may take. Default 30.'),
  connections: z.int().min(1).max(64).optional().describe('Most requests at a time. Default 8.'),
});
export type HostSettings = z.infer<typeof hostSettings>;

/** A host as lists show it. */
export const configuredHost = z
  .strictObject({ name: hostName, ...hostSettings.shape })
  .meta({ title: 'Host', columns: ['name', 'provider', 'addresses', 'user'] });

/** A host as a session sees it. */
export interface ConfiguredHost extends HostSettings {
  readonly name: string;
}
