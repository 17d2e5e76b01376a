import { setTimeout as delay } from 'node:timers/promises';
import { providers } from '../catalog/providers.ts';
import summary from '../catalog/summary.json' with { type: 'json' };
import { Fault } from '../errors/fault.ts';
import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import type { ProbeCheck } from '../model/provider.ts';
import type { Provider } from '../providers/define-provider.ts';
import type { Environment } from '../providers/environment.ts';
import { enabledProviders, type ProviderSummary } from './enabled-providers.ts';
import { ProbeCache } from './probe-cache.ts';

export type ProviderId = keyof typeof providers;

export interface RegistrySettings {
  readonly paths: Paths;
  readonly log: Log;
  readonly version: string;
  readonly providers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly engine: Readonly<Record<string, unknown>>;
  /** What the guard lets callers see; the others are neither listed nor found by name. */
  readonly allowsMachine: (machine: { id: string; name?: string | undefined }) => boolean;
}

/** How long closing a provider may take; one that hangs must not keep the process from ending. */
const closeMilliseconds = 15_000;

/** The providers that are switched on: loads, probes and opens each at its first use, and closes what it opened. */
export class ProviderRegistry {
  readonly enabled: readonly ProviderSummary[];
  readonly #settings: RegistrySettings;
  readonly #sessions = new Map<string, Promise<unknown>>();
  readonly #probes = new ProbeCache();

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
    this.enabled = enabledProviders(settings.providers);
  }

  allowsMachine(machine: { id: string; name?: string | undefined }): boolean {
    return this.#settings.allowsMachine(machine);
  }

  find(id: string): ProviderSummary {
    const found = this.enabled.find(provider => provider.id === id);
    if (found !== undefined) return found;
    const known = summary.providers.some(provider => provider.id === id);
    throw new Fault(
      'not_found',
      known ? `The provider "${id}" is not enabled here.` : `There is no provider "${id}".`,
      {
        remedy: known
          ? `Set "providers": { "${id}": { "enabled": true } } in ${this.#settings.paths.configuration}.`
          : `Use one of: ${this.enabled.map(provider => provider.id).join(', ')}.`,
        data: { field: 'provider', candidates: this.enabled.map(provider => provider.id) },
      },
    );
  }

  /** The provider's checks in order; never takes long and never throws, whatever the provider does. */
  probe(id: string): Promise<ProbeCheck[]> {
    return this.#probes.probe(id, async () => (await this.#load(id)).probe(this.#environment(id)));
  }

  /** Those of the given providers that can be used at this moment. */
  async available(providers: readonly ProviderSummary[]): Promise<ProviderSummary[]> {
    const checks = await Promise.all(providers.map(({ id }) => this.probe(id)));
    return providers.filter((_, index) => checks[index]?.every(check => check.passed));
  }

  /** Throws `unavailable` with the first failed check's reason and remedy. */
  async requireAvailable(id: string): Promise<void> {
    const failed = (await this.probe(id)).find(check => !check.passed);
    if (failed === undefined) return;
    throw new Fault('unavailable', `${this.find(id).title} can not be used here: ${failed.reason}`, {
      remedy: failed.remedy,
      data: { provider: id, check: failed.name },
    });
  }

  async load(id: string): Promise<Provider<unknown>> {
    this.find(id);
    return this.#load(id);
  }

  session(id: string): Promise<unknown> {
    let session = this.#sessions.get(id);
    if (session === undefined) {
      session = this.#load(id).then(provider => provider.open(this.#environment(id)));
      session.catch(() => this.#sessions.delete(id));
      this.#sessions.set(id, session);
    }
    return session;
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions];
    this.#sessions.clear();
    const closed = Promise.allSettled(
      sessions.map(async ([id, session]) => {
        const provider = await this.#load(id);
        await provider.close(await session);
      }),
    );
    const deadline = new AbortController();
    await Promise.race([closed, delay(closeMilliseconds, undefined, { signal: deadline.signal }).catch(() => {})]);
    deadline.abort();
  }

  async #load(id: string): Promise<Provider<unknown>> {
    const loaders: Record<string, () => Promise<{ default: unknown }>> = providers;
    const module = await loaders[id]?.();
    if (module === undefined) throw new Fault('not_found', `There is no provider "${id}".`);
    return module.default as Provider<unknown>;
  }

  #environment(id: string): Environment {
    const { paths, log, version, engine } = this.#settings;
    const { enabled: _, ...settings } = this.#settings.providers[id] ?? {};
    return { paths, log, version, engine, settings, allowsMachine: machine => this.allowsMachine(machine) };
  }
}
