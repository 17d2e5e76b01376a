import { Fault } from '../../errors/fault.ts';
import { suggestWords } from '../../errors/near-words.ts';
import type { Credential, CredentialStore } from '../../model/credential.ts';
import type { HostSettings } from '../../model/host.ts';
import { takePassphrase } from './passphrase.ts';
import { Vault, type VaultSettings } from './vault.ts';

export interface CredentialsSettings extends VaultSettings {
  /** The hosts of the configuration as it is now. */
  readonly hosts: () => Readonly<Record<string, HostSettings>>;
}

/** The secrets that hosts name, kept for this user. */
export class Credentials {
  readonly #vault: Vault;
  readonly #hosts: CredentialsSettings['hosts'];

  constructor({ hosts, ...settings }: CredentialsSettings) {
    this.#hosts = hosts;
    this.#vault = new Vault(settings);
    // Before any other program is started.
    takePassphrase();
  }

  /** The sealed file. */
  get file(): string {
    return this.#vault.file;
  }

  /** Keeps a secret in the place of an older one of that name. */
  async set(name: string, secret: string, signal?: AbortSignal): Promise<Credential> {
    await this.#vault.change({ name, secret }, signal);
    const kept = (await this.list()).find(credential => credential.name === name);
    if (kept !== undefined) return kept;
    throw new Fault('conflict', `The secret "${name}" was removed again meanwhile.`, { remedy: 'Keep it anew.' });
  }

  /** Forgets a secret. Fault `not_found` with similar names. */
  async remove(name: string, signal?: AbortSignal): Promise<void> {
    await this.require(name);
    await this.#vault.change({ name, secret: undefined }, signal);
  }

  /** All that are kept, by name; needs no passphrase. */
  async list(): Promise<Credential[]> {
    const { keyKind, entries } = await this.#vault.list();
    const store = keyKind as CredentialStore;
    return entries.map(({ name, keptAt }) => ({ name, store, keptAt, usedBy: this.usedBy(name) }));
  }

  /** Names that hosts use and under which nothing is kept. */
  async missing(): Promise<string[]> {
    const { entries } = await this.#vault.list();
    const used = Object.values(this.#hosts()).flatMap(namesOf);
    return [...new Set(used)].filter(name => !entries.some(entry => entry.name === name)).sort();
  }

  /** A secret for whoever signs in with it. Fault `not_found` with the command that keeps it. */
  async read(name: string, signal?: AbortSignal): Promise<string> {
    const secret = await this.#vault.read(name, signal);
    if (secret !== undefined) return secret;
    throw notKept(name, (await this.#vault.list()).entries);
  }

  /** What is known of a secret. Fault `not_found` with similar names. */
  async require(name: string): Promise<Credential> {
    const all = await this.list();
    const found = all.find(credential => credential.name === name);
    if (found !== undefined) return found;
    throw notKept(name, all);
  }

  /** Hosts that name a secret. */
  usedBy(name: string): string[] {
    return Object.entries(this.#hosts())
      .filter(([, settings]) => namesOf(settings).includes(name))
      .map(([host]) => host)
      .sort();
  }
}

function namesOf({ credential, totp, clientKeyPassword }: HostSettings): string[] {
  return [credential, totp, clientKeyPassword].filter(name => name !== undefined);
}

function notKept(name: string, all: readonly { readonly name: string }[]): Fault {
  const names = all.map(each => each.name);
  return new Fault('not_found', `No secret is kept under the name "${name.slice(0, 100)}".`, {
    remedy: `${suggestWords(name, names)}A person keeps it with: vmbridge credential set ${name.slice(0, 100)}`,
    data: { field: 'credential', candidates: names.slice(0, 50) },
  });
}
