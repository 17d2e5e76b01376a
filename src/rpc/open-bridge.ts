import { unwatchFile, watchFile } from 'node:fs';
import { loadConfiguration } from '../bridge/configuration/load.ts';
import type { Configuration } from '../bridge/configuration/schema.ts';
import { Fault } from '../errors/fault.ts';
import { createLog, type ListenableLog, type LogLevel } from '../host/log.ts';
import { findPaths, type Paths } from '../host/paths.ts';
import { enabledProviders } from '../inventory/enabled-providers.ts';
import type { Plan } from '../model/plan.ts';
import type { Bridge } from './bridge.ts';
import type { Dispatcher } from './dispatch.ts';
import type { GuardSettings } from './guard.ts';
import { knownGroups, type OfferedProvider, offeredTools } from './tool-list.ts';

/** How often the configuration is looked at for other hosts, in milliseconds. */
const configurationMilliseconds = 3000;

/** What the command line may say of the guard; it narrows the configuration, and never widens it. */
export interface BridgeFlags {
  readonly readOnly?: boolean | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly machines?: readonly string[] | undefined;
  readonly stderrLevel?: LogLevel | 'silent' | undefined;
}

/**
 * A bridge whose dispatcher, with schemas and providers, is loaded by the first call: a list of tools needs none of it.
 * Throws `invalid` for a wrong configuration or an unknown group.
 */
export async function openBridge(flags: BridgeFlags = {}): Promise<Bridge> {
  const paths = findPaths();
  const configuration = await loadConfiguration(paths.configuration);
  const guard = combineGuard(configuration, flags);
  const log = createLog({
    folder: paths.logs,
    level: configuration.log?.level ?? 'info',
    stderrLevel: flags.stderrLevel ?? configuration.log?.stderr ?? 'warn',
  });
  return new LazyBridge(paths, configuration, guard, log);
}

class LazyBridge implements Bridge {
  readonly #open: () => Promise<Dispatcher>;
  readonly #configurationFile: string;
  readonly #guard: GuardSettings;
  readonly #log: ListenableLog;
  readonly #listeners = new Set<() => void>();
  #dispatcher: Promise<Dispatcher> | undefined;
  #offered: readonly OfferedProvider[];
  #closed = false;
  readonly #refresh = (): void => {
    void this.refreshTools().catch(() => {});
  };

  constructor(paths: Paths, configuration: Configuration, guard: GuardSettings, log: ListenableLog) {
    this.#guard = guard;
    this.#log = log;
    const hosts = Object.values(configuration.hosts ?? {});
    this.#offered = enabledProviders(configuration.providers).filter(
      ({ id, remote }) => !remote || hosts.some(({ provider }) => provider === id),
    );
    this.#configurationFile = paths.configuration;
    this.#open = async () => {
      const { Dispatcher } = await import('./dispatch.ts');
      const dispatcher = new Dispatcher({ paths, configuration, guard, log });
      this.#watchConfiguration();
      return dispatcher;
    };
  }

  listTools(): ReturnType<Bridge['listTools']> {
    return offeredTools(this.#guard, this.#offered);
  }

  async call(...[id, rawInput, caller]: Parameters<Bridge['call']>): Promise<Record<string, unknown>> {
    return (await this.#load()).call(id, rawInput, caller);
  }

  async plan(...[id, rawInput, caller]: Parameters<Bridge['plan']>): Promise<Plan> {
    return (await this.#load()).plan(id, rawInput, caller);
  }

  onToolsChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onLog(...[level, listener]: Parameters<Bridge['onLog']>): () => void {
    // Nobody knows which words of it name a machine, but for those that are made to be read by everybody.
    const isGuarded = this.#guard.machines.length > 0;
    return this.#log.listen(level, line => listener(isGuarded ? { level: line.level, message: line.message } : line));
  }

  async watch(...parameters: Parameters<Bridge['watch']>): ReturnType<Bridge['watch']> {
    return (await this.#load()).watch(...parameters);
  }

  async refreshTools(): Promise<void> {
    const available = await (await this.#load()).availableProviders();
    const before = this.#names();
    this.#offered = available;
    if (this.#names() === before) return;
    for (const listener of this.#listeners) listener();
  }

  /** A host that a person adds or removes meanwhile changes what can be done. Looking at the file works on every file system. */
  #watchConfiguration(): void {
    if (this.#closed) return;
    watchFile(this.#configurationFile, { interval: configurationMilliseconds, persistent: false }, this.#refresh);
  }

  async close(): Promise<void> {
    this.#closed = true;
    unwatchFile(this.#configurationFile, this.#refresh);
    const dispatcher = await this.#dispatcher?.catch(() => undefined);
    await dispatcher?.close();
    await this.#log.close();
  }

  #names(): string {
    return this.listTools()
      .map(tool => tool.id)
      .join();
  }

  async #load(): Promise<Dispatcher> {
    if (this.#closed) throw new Fault('unavailable', 'vmbridge is shutting down.');
    this.#dispatcher ??= this.#open();
    return this.#dispatcher;
  }
}

function combineGuard(configuration: Configuration, flags: BridgeFlags): GuardSettings {
  const groups = intersect(configuration.groups, flags.groups);
  const unknown = flags.groups?.find(group => !knownGroups().includes(group));
  if (unknown !== undefined) {
    throw new Fault('invalid', `There is no tool group "${unknown}".`, {
      remedy: `Use some of: ${knownGroups().join(', ')}.`,
      data: { field: 'groups', candidates: knownGroups() },
    });
  }
  return {
    readOnly: configuration.readOnly === true || flags.readOnly === true,
    groups,
    machines: [configuration.machines, flags.machines].filter(patterns => patterns !== undefined),
  };
}

function intersect(first: readonly string[] | undefined, second: readonly string[] | undefined) {
  if (first === undefined || second === undefined) return first ?? second;
  return first.filter(item => second.includes(item));
}
