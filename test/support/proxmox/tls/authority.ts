import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshKey, openssl } from './openssl.ts';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** SHA-256 with colons, as `pvenode cert info` writes it. */
  readonly fingerprint: string;
}

/** An authority of its own, with the certificates that it has signed, in a folder that goes with it. */
export class Authority {
  readonly ca: string;
  readonly #key: string;
  #folder: string | undefined;
  #count = 0;

  constructor(name: string) {
    const subject = ['-subj', `/O=PVE Cluster Manager CA/CN=${name}`];
    const folder = newFolder();
    this.#folder = folder;
    openssl(folder, 'req', '-x509', ...freshKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', ...subject);
    this.ca = readFileSync(join(folder, 'ca.pem'), 'utf8');
    this.#key = readFileSync(join(folder, 'ca.key'), 'utf8');
  }

  /** Where its files are; made anew when it was removed. */
  get folder(): string {
    if (this.#folder === undefined) {
      this.#folder = newFolder();
      writeFileSync(join(this.#folder, 'ca.pem'), this.ca);
      writeFileSync(join(this.#folder, 'ca.key'), this.#key);
    }
    return this.#folder;
  }

  get caFile(): string {
    return join(this.folder, 'ca.pem');
  }

  /** For a server; `names` are DNS names or IPv4 addresses. */
  forServer(names: readonly string[]): Certificate {
    const list = names.map(name => `${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',');
    return this.#sign(names[0] ?? 'node', `subjectAltName=${list}\nextendedKeyUsage=serverAuth\n`);
  }

  forClient(name: string): Certificate {
    return this.#sign(name, 'extendedKeyUsage=clientAuth\n');
  }

  /** The same as a PKCS #12 file. */
  pkcs12({ certFile, keyFile }: Certificate, password: string): string {
    const file = `${certFile}.p12`;
    openssl(
      this.folder,
      'pkcs12',
      '-export',
      '-in',
      certFile,
      '-inkey',
      keyFile,
      '-out',
      file,
      '-passout',
      `pass:${password}`,
    );
    return file;
  }

  /** The key under a password; the answer is the file. */
  lockedKey({ keyFile }: Certificate, password: string): string {
    const file = `${keyFile}.locked`;
    openssl(this.folder, 'pkey', '-in', keyFile, '-aes256', '-passout', `pass:${password}`, '-out', file);
    return file;
  }

  /** The list of those that are revoked. */
  revoke(certificates: readonly Certificate[]): string {
    writeFileSync(join(this.folder, 'index.txt'), '');
    writeFileSync(join(this.folder, 'crlnumber'), '01\n');
    const settings = 'database=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=30\n';
    writeFileSync(join(this.folder, 'ca.cnf'), `[ca]\ndefault_ca=own\n[own]\n${settings}`);
    const own = ['ca', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
    for (const { certFile } of certificates) openssl(this.folder, ...own, '-revoke', certFile);
    openssl(this.folder, ...own, '-gencrl', '-out', 'crl.pem');
    return readFileSync(join(this.folder, 'crl.pem'), 'utf8');
  }

  /** Its files go; it can go on signing. */
  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #sign(name: string, extensions: string): Certificate {
    const base = `${name.replace(/[^\w-]/g, '-')}-${++this.#count}`;
    const [certFile, keyFile] = [join(this.folder, `${base}.pem`), join(this.folder, `${base}.key`)];
    writeFileSync(join(this.folder, `${base}.ext`), extensions);
    openssl(this.folder, 'req', '-new', ...freshKey, '-keyout', keyFile, '-out', `${base}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', String(Date.now() * 100 + this.#count)];
    openssl(
      this.folder,
      'x509',
      '-req',
      '-in',
      `${base}.csr`,
      ...by,
      '-days',
      '30',
      '-sha256',
      '-extfile',
      `${base}.ext`,
      '-out',
      certFile,
    );
    const cert = readFileSync(certFile, 'utf8');
    return {
      cert,
      key: readFileSync(keyFile, 'utf8'),
      certFile,
      keyFile,
      fingerprint: new X509Certificate(cert).fingerprint256,
    };
  }
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'vmbridge-pve-ca-'));
}
