import type { Server } from '@modelcontextprotocol/server';
import type { Watching, WatchListener } from '../../inventory/watch/inventory-watch.ts';
import type { Machine } from '../../model/machine.ts';
import type { Bridge } from '../bridge.ts';
import { machinesUri, requireResource } from './read-resources.ts';

type Change = Parameters<WatchListener>[0];

/** Watches the machines while a client is subscribed to any resource, and tells which of its resources have changed. */
export class ResourceWatch {
  readonly #server: Server;
  readonly #bridge: Bridge;
  #uris: readonly string[] = [];
  #watching: Promise<Watching> | undefined;

  constructor(server: Server, bridge: Bridge) {
    this.#server = server;
    this.#bridge = bridge;
  }

  /** From now on these are watched, and no others. */
  async follow(uris: readonly string[]): Promise<void> {
    this.#uris = uris;
    if (uris.length > 0) {
      this.#watching ??= this.#begin();
      await this.#watching;
      return;
    }
    const before = this.#watching;
    this.#watching = undefined;
    (await before?.catch(() => undefined))?.stop();
  }

  #begin(): Promise<Watching> {
    const { signal } = new AbortController();
    const begun = this.#bridge.watch({}, { signal }, change => this.#tell(change));
    begun.catch(() => {
      if (this.#watching === begun) this.#watching = undefined;
    });
    return begun;
  }

  async #tell(change: Change): Promise<void> {
    const touched = touchedNames(change);
    const changed = this.#uris.filter(uri => uri === machinesUri || touched.has(nameOf(uri)));
    for (const uri of changed) await this.#server.sendResourceUpdated({ uri });
  }
}

/** A subscription may name a machine by any of its ids, or by its name. */
function touchedNames({ added, changed, removed }: Change): ReadonlySet<string> {
  const names = ({ id, name, otherIds = [] }: Machine) => [id, name, ...otherIds];
  return new Set([
    ...added.flatMap(names),
    ...changed.flatMap(({ id, machine }) => [id, ...names(machine)]),
    // Of one that is gone only the id is left; whoever named it otherwise is told when they read it.
    ...removed,
  ]);
}

function nameOf(uri: string): string {
  try {
    return requireResource(uri) ?? '';
  } catch {
    return '';
  }
}
