import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import tls, { type SecureContext, type SecureContextOptions } from 'node:tls';
import { Fault } from '../../../errors/fault.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import { normalizeFingerprint } from './fingerprint.ts';

/** Whom a host's connections trust, and what they show of themselves. */
export interface Trust {
  readonly context: SecureContext;
  /** Normalized; when there are any, only these certificates are trusted, whoever signed them. */
  readonly fingerprints: readonly string[];
  /** The client certificate, when one is shown. */
  readonly shown: ShownCertificate | undefined;
}

export interface ShownCertificate {
  readonly file: string;
  /** What it says of itself; undefined for a PKCS #12 file, whose certificate Node does not give out. */
  readonly certificate: X509Certificate | undefined;
}

type ReadSecret = (name: string, signal?: AbortSignal) => Promise<string>;

/** Reads the files that the host's settings name. Throws `invalid` naming the one that can not be used. */
export async function loadTrust(host: ConfiguredHost, readSecret: ReadSecret, signal: AbortSignal): Promise<Trust> {
  const fingerprints = (host.fingerprints ?? []).map(normalizeFingerprint);
  const { options, shown } = await loadClientCertificate(host, readSecret, signal);
  const own = host.caFile === undefined ? undefined : { ca: await readSetting(host.caFile, 'caFile') };
  // Nobody is asked who signed a pinned certificate.
  const authorities = own ?? (fingerprints.length > 0 ? {} : knownAuthorities());
  try {
    // Most hosts share what takes longest to make: a context in which hundreds of authorities are known.
    const isUsual = own === undefined && shown === undefined && fingerprints.length === 0;
    const context = isUsual ? usualContext() : tls.createSecureContext({ ...authorities, ...options });
    return { context, fingerprints, shown };
  } catch (error) {
    throw explainUnusable(host, error);
  }
}

let known: SecureContextOptions | undefined;
let usual: SecureContext | undefined;

/** The authorities of Node and of the system, most of which are the same. */
function knownAuthorities(): SecureContextOptions {
  known ??= { ca: [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])] };
  return known;
}

function usualContext(): SecureContext {
  usual ??= tls.createSecureContext(knownAuthorities());
  return usual;
}

async function loadClientCertificate(
  host: ConfiguredHost,
  readSecret: ReadSecret,
  signal: AbortSignal,
): Promise<{ options: SecureContextOptions; shown: ShownCertificate | undefined }> {
  const { clientCertificate: file, clientKey, clientKeyPassword } = host;
  if (file === undefined) return { options: {}, shown: undefined };
  const [content, key, passphrase] = await Promise.all([
    readSetting(file, 'clientCertificate'),
    clientKey === undefined ? undefined : readSetting(clientKey, 'clientKey'),
    clientKeyPassword === undefined ? undefined : readSecret(clientKeyPassword, signal),
  ]);
  const secret = passphrase === undefined ? {} : { passphrase };
  // DER, as PKCS #12 is, begins with a sequence; PEM is text.
  if (content[0] === 0x30) return { options: { pfx: content, ...secret }, shown: { file, certificate: undefined } };
  return { options: { cert: content, key: key ?? content, ...secret }, shown: { file, certificate: parse(content) } };
}

function parse(pem: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

async function readSetting(file: string, field: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new Fault('invalid', `The file ${file} of the setting "${field}" can not be read.`, {
      remedy: 'Give the path of a file that can be read.',
      data: { field, file, reason },
      cause,
    });
  }
}

function explainUnusable(
  { name, caFile, clientCertificate, clientKeyPassword }: ConfiguredHost,
  cause: unknown,
): Fault {
  const text = cause instanceof Error ? cause.message : String(cause);
  // e.g. "error:1C800064:Provider routines::bad decrypt", "mac verify failure" of PKCS #12, "interrupted or cancelled" of PEM
  if (/bad decrypt|mac verify|bad password|interrupted or cancelled|empty password/i.test(text)) {
    const [field, remedy] =
      clientKeyPassword === undefined
        ? ['clientKeyPassword', 'Keep its password with "vmbridge credential set", and name that in clientKeyPassword.']
        : ['clientKeyPassword', `Keep the right one: vmbridge credential set ${clientKeyPassword}`];
    return new Fault('invalid', `The key of the client certificate for the host "${name}" can not be opened.`, {
      remedy,
      data: { field, reason: text },
      cause,
    });
  }
  const field = clientCertificate === undefined && caFile !== undefined ? 'caFile' : 'clientCertificate';
  return new Fault('invalid', `The certificates set for the host "${name}" can not be used.`, {
    remedy: /unsupported/i.test(text)
      ? 'The file is of an old kind: write it anew, e.g. with "openssl pkcs12 -export".'
      : 'caFile and clientKey are PEM; clientCertificate is PEM or PKCS #12, and the key fits to it.',
    data: { field, reason: text },
    cause,
  });
}
