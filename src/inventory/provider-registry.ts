import { setTimeout as delay } from 'node:timers/promises';
import { providers } from '../catalog/providers.ts';
import summary from '../catalog/summary.json' with { type: 'json' };
import { Fault } from '../errors/fault.ts';
import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import { type ConfiguredHost, type HostSettings, localHost } from '../model/host.ts';
import type { ProbeCheck } from '../model/provider.ts';
import type { Provider } from '../providers/define-provider.ts';
import type { Environment } from '../providers/environment.ts';
import { enabledProviders, type ProviderSummary } from './enabled-providers.ts';
import { neededMilliseconds, ProbeCache } from './probe-cache.ts';
import { SessionPool } from './session-pool.ts';
import { untilAborted } from './until-aborted.ts';

export type ProviderId = keyof typeof providers;

export interface RegistrySettings {
  readonly paths: Paths;
  readonly log: Log;
  readonly version: string;
  readonly providers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly engine: Readonly<Record<string, unknown>>;
  /** What the guard lets callers see; the others are neither listed nor found by name. */
  readonly allowsMachine: (machine: { id: string; name?: string | undefined }) => boolean;
  /** The hosts of the configuration as it is now. */
  readonly hosts: () => Readonly<Record<string, HostSettings>>;
  readonly readSecret: (name: string, signal?: AbortSignal) => Promise<string>;
  /** How long a provider or host may take for its part of a listing. */
  readonly deadlineMilliseconds?: number | undefined;
}

/** How long an account may take to tell what it is allowed, in milliseconds; all is offered until it did. */
const offerMilliseconds = 4000;

/** How long closing a provider may take; one that hangs must not keep the process from ending. */
const closeMilliseconds = 15_000;

/** The providers that are switched on and their hosts: loads, probes and opens each at its first use, and closes what it opened. */
export class ProviderRegistry {
  readonly enabled: readonly ProviderSummary[];
  readonly #settings: RegistrySettings;
  readonly #sessions = new SessionPool();
  readonly #probes = new ProbeCache();
  readonly #beforeClose: (() => Promise<unknown>)[] = [];

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
    this.enabled = enabledProviders(settings.providers);
  }

  allowsMachine(machine: { id: string; name?: string | undefined }): boolean {
    return this.#settings.allowsMachine(machine);
  }

  get paths(): Paths {
    return this.#settings.paths;
  }

  /** What is still to be done when this closes, while its sessions are open. */
  beforeClose(work: () => Promise<unknown>): void {
    this.#beforeClose.push(work);
  }

  /** How long one part of a listing may take, in milliseconds; undefined: as the listing thinks best. */
  get deadlineMilliseconds(): number | undefined {
    return this.#settings.deadlineMilliseconds;
  }

  /** Names of the hosts at which a provider answers: this machine, or those of the configuration that name it. */
  hosts(id: string): readonly string[] {
    if (!this.find(id).remote) return [localHost];
    return this.#configured(id).map(([name]) => name);
  }

  /** The provider of a configured host. Throws `not_found`. */
  providerOf(host: string): string {
    const hosts = this.#settings.hosts();
    const found = Object.hasOwn(hosts, host) ? hosts[host] : undefined;
    if (found !== undefined) return this.find(found.provider).id;
    const candidates = [localHost, ...Object.keys(hosts)];
    throw new Fault('not_found', `There is no host "${host.slice(0, 100)}".`, {
      remedy: `Use one of: ${candidates.join(', ')}. A person adds one with: vmbridge host add`,
      data: { field: 'host', candidates },
    });
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
    return this.#probe(id);
  }

  #probe(id: string, patience?: number): Promise<ProbeCheck[]> {
    // Without a session there is no host; a remote provider's probe looks at their names only.
    const key = this.find(id).remote ? `${id} ${this.hosts(id).join()}` : id;
    const run = async () => (await this.#load(id)).probe(this.#environment(id, undefined));
    return this.#probes.probe(key, run, patience);
  }

  /** Those of the given providers that can be used at this moment. */
  async available(providers: readonly ProviderSummary[]): Promise<ProviderSummary[]> {
    const checks = await Promise.all(providers.map(({ id }) => this.probe(id)));
    return providers.filter((_, index) => checks[index]?.every(check => check.passed));
  }

  /** Those that can be used, each with the tools that the accounts at its hosts allow. */
  async offered(): Promise<ProviderSummary[]> {
    const usable = await this.available(this.enabled);
    return Promise.all(usable.map(async provider => ({ ...provider, tools: await this.#allowedTools(provider) })));
  }

  async #allowedTools({ id, tools, remote }: ProviderSummary): Promise<readonly string[]> {
    if (!remote) return tools;
    const provider = await this.#load(id);
    const answers = await Promise.all(this.hosts(id).map(host => this.#askOffer(provider, host)));
    // Nobody knows what an account may do that has not answered.
    if (answers.some(answer => answer === undefined)) return tools;
    const allowed = new Set(answers.flatMap(answer => answer ?? []));
    return tools.filter(tool => allowed.has(tool));
  }

  async #askOffer(provider: Provider<unknown>, host: string): Promise<readonly string[] | undefined> {
    if (provider.offered === undefined) return undefined;
    const signal = AbortSignal.timeout(offerMilliseconds);
    try {
      const session = await this.session(provider.id, host);
      return await untilAborted(provider.offered(session, signal), signal, 'Asking what the account may do');
    } catch {
      return undefined;
    }
  }

  /** Throws `unavailable` with the first failed check's reason and remedy. */
  async requireAvailable(id: string): Promise<void> {
    const failed = (await this.#probe(id, neededMilliseconds)).find(check => !check.passed);
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

  /** The session of a provider at one of its hosts. */
  session(id: string, host: string = localHost): Promise<unknown> {
    // A provider of this machine alone answers itself for ids of other hosts.
    const configured = this.find(id).remote ? this.#requireHost(id, host) : undefined;
    return this.#sessions.find(
      `${id} ${configured?.name ?? localHost}`,
      configured,
      async () => (await this.#load(id)).open(this.#environment(id, configured)),
      async session => (await this.#load(id)).close(session),
    );
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#beforeClose.map(work => work()));
    const closed = Promise.allSettled(
      this.#sessions.takeAll().map(async ([key, session]) => {
        const provider = await this.#load(key.split(' ', 1)[0] ?? '');
        await provider.close(await session);
      }),
    );
    const deadline = new AbortController();
    await Promise.race([closed, delay(closeMilliseconds, undefined, { signal: deadline.signal }).catch(() => {})]);
    deadline.abort();
  }

  #configured(id: string): [string, HostSettings][] {
    return Object.entries(this.#settings.hosts()).filter(([, { provider }]) => provider === id);
  }

  #requireHost(id: string, host: string): ConfiguredHost {
    const found = this.#configured(id).find(([name]) => name === host);
    if (found !== undefined) return { ...found[1], name: host };
    const candidates = this.hosts(id);
    throw new Fault('not_found', `${this.find(id).title} has no host "${host.slice(0, 100)}" here.`, {
      remedy: candidates.length > 0 ? `Use one of: ${candidates.join(', ')}.` : 'A person adds one: vmbridge host add',
      data: { field: 'host', candidates },
    });
  }

  async #load(id: string): Promise<Provider<unknown>> {
    const loaders: Record<string, () => Promise<{ default: unknown }>> = providers;
    const module = await loaders[id]?.();
    if (module === undefined) throw new Fault('not_found', `There is no provider "${id}".`);
    return module.default as Provider<unknown>;
  }

  /** What a provider may know for a host that need not be in the configuration yet. */
  environmentOf(id: string, host: ConfiguredHost): Environment {
    return this.#environment(id, host);
  }

  #environment(id: string, host: ConfiguredHost | undefined): Environment {
    const { paths, log, version, engine, readSecret } = this.#settings;
    const { enabled: _, ...settings } = this.#settings.providers[id] ?? {};
    const hosts = this.#configured(id).map(([name]) => name);
    const allowsMachine = (machine: { id: string; name: string }) => this.allowsMachine(machine);
    return { paths, log, version, engine, settings, host, hosts, readSecret, allowsMachine };
  }
}
