import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { withFileLock } from '../../host/file-lock.ts';
import { rewriteFile } from '../../host/rewrite-file.ts';
import {
  openSealed,
  parseSealed,
  type SealedEntry,
  type SealedFile,
  type Secrets,
  seal,
} from '../../host/secret-store/sealed-file.ts';
import type { SecretStore } from '../../host/secret-store/secret-store.ts';
import { SharedWork } from '../../host/shared-work.ts';
import { makeVaultKey, openVaultKey, type VaultKey } from './vault-key.ts';

export interface VaultSettings {
  /** The state folder. */
  readonly state: string;
  /** Takes the place of the stores of this system. */
  readonly stores?: readonly SecretStore[] | undefined;
}

/** What keeps the key; undefined where nothing was kept yet. */
export interface VaultContents {
  readonly keyKind: SealedFile['key']['kind'] | undefined;
  readonly entries: readonly SealedEntry[];
}

/** What is changed: the entry of that name is replaced, or removed when there is no secret. */
export interface VaultChange {
  readonly name: string;
  readonly secret: string | undefined;
}

/**
 * All secrets of this user in one sealed file, whose key the store of this system keeps, or a passphrase. The stores
 * themselves differ in how long a secret may be, and none lists what it has; as one file nothing is ever half changed.
 */
export class Vault {
  readonly file: string;
  readonly #settings: VaultSettings;
  /** The key that fitted last, by its source: to derive it takes a third of a second. */
  #known: { readonly source: string; readonly key: Buffer } | undefined;
  readonly #opening = new SharedWork<Buffer>();

  constructor(settings: VaultSettings) {
    this.#settings = settings;
    this.file = path.join(settings.state, 'credentials', 'secrets.vmb');
  }

  /** What is kept, without any secret; needs no key. */
  async list(): Promise<VaultContents> {
    const sealed = await this.#read();
    return { keyKind: sealed?.key.kind, entries: sealed?.entries ?? [] };
  }

  /** A secret; undefined when none has that name. Faults: `denied`, `unavailable`, `host_fault`. */
  async read(name: string, signal?: AbortSignal): Promise<string | undefined> {
    const sealed = await this.#read();
    if (!sealed?.entries.some(entry => entry.name === name)) return undefined;
    const { secrets } = await this.#open(sealed, signal);
    return Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  }

  /** Makes one change, and tells what keeps the key. Nothing is lost whenever the process ends. */
  async change({ name, secret }: VaultChange, signal?: AbortSignal): Promise<SealedFile['key']['kind']> {
    return withFileLock(`${this.file}.lock`, { signal, patienceMs: 60_000 }, async () => {
      const sealed = await this.#read();
      const { source, key, secrets } = await this.#openOrMake(sealed, signal);
      const others = (sealed?.entries ?? []).filter(entry => entry.name !== name);
      const kept = Object.fromEntries(Object.entries(secrets).filter(([other]) => other !== name));
      const added = secret === undefined ? [] : [{ name, keptAt: new Date().toISOString() }];
      const entries = [...others, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
      await this.#write(seal(source, entries, secret === undefined ? kept : { ...kept, [name]: secret }, key));
      return source.kind;
    });
  }

  async #openOrMake(sealed: SealedFile | undefined, signal: AbortSignal | undefined) {
    if (sealed !== undefined) return this.#open(sealed, signal);
    const made = await makeVaultKey(this.#places(signal));
    this.#known = { source: JSON.stringify(made.source), key: made.key };
    return { ...made, secrets: {} };
  }

  async #open(sealed: SealedFile, signal: AbortSignal | undefined): Promise<VaultKey & { secrets: Secrets }> {
    const source = JSON.stringify(sealed.key);
    const known = this.#known?.source === source ? this.#known.key : undefined;
    // Many hosts sign in at the same moment: the key is derived once for all of them.
    const open = (own: AbortSignal) => openVaultKey(sealed.key, this.#places(own));
    const key = known ?? (await this.#opening.run(source, open, signal));
    const secrets = openSealed(sealed, key);
    if (secrets === undefined) throw this.#wrongKey(sealed.key.kind);
    this.#known = { source, key };
    return { source: sealed.key, key, secrets };
  }

  #places(signal: AbortSignal | undefined) {
    return { ...this.#settings, folder: path.dirname(this.file), signal };
  }

  async #read(): Promise<SealedFile | undefined> {
    const bytes = await readFile(this.file).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw this.#unusable('denied', 'can not be read', error);
    });
    if (bytes === undefined) return undefined;
    const sealed = parseSealed(bytes);
    if (sealed === undefined) throw this.#unusable('host_fault', 'is damaged, or of a later version');
    return sealed;
  }

  async #write(bytes: Buffer): Promise<void> {
    await rewriteFile(this.file, bytes).catch((error: unknown) => {
      throw new Fault('denied', `The secrets in ${this.file} can not be written.`, {
        remedy: `Check that ${path.dirname(this.file)} belongs to this user and that its disk is not full.`,
        data: { path: this.file },
        cause: error,
      });
    });
  }

  #wrongKey(kind: SealedFile['key']['kind']): Fault {
    if (kind !== 'passphrase') return this.#unusable('host_fault', 'does not fit the key that was kept for it');
    return new Fault('denied', 'The passphrase does not open the secrets.', {
      remedy: `Give the one that they were sealed with; nothing was changed. When it is the right one, ${this.file} was.`,
      data: { passphrase: 'known', path: this.file },
    });
  }

  #unusable(code: 'denied' | 'host_fault', problem: string, cause?: unknown): Fault {
    return new Fault(code, `The file of secrets ${this.file} ${problem}; it was left as it is.`, {
      remedy: `Restore it from a backup, or move it away and keep the secrets anew: vmbridge credential set <name>`,
      data: { path: this.file },
      cause,
    });
  }
}
