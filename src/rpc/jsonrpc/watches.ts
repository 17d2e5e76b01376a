import type { MessageConnection } from 'vscode-jsonrpc/node';
import { Fault } from '../../errors/fault.ts';
import type { Watching, WatchListener } from '../../inventory/watch/inventory-watch.ts';
import type { Bridge } from '../bridge.ts';
import { toRecord } from './parse-params.ts';

/** A client needs a few; one that never stops any is told. */
const mostWatches = 100;

/** Of one connection: `vm.watch`, `vm.unwatch` and the notification `vm.changed`. */
export class Watches {
  readonly #bridge: Bridge;
  readonly #connection: MessageConnection;
  readonly #open = new Map<string, () => void>();
  #last = 0;
  #closed = false;

  constructor(bridge: Bridge, connection: MessageConnection) {
    this.#bridge = bridge;
    this.#connection = connection;
    connection.onClose(() => this.close());
  }

  /** The machines as they are. Throws a Fault for a wrong filter. */
  async start(
    rawParams: unknown,
    signal: AbortSignal,
  ): Promise<Pick<Watching, 'machines' | 'missing'> & { watch: string }> {
    const { filter = {}, ...others } = toRecord('vm.watch', rawParams);
    const [other] = Object.keys(others);
    if (other !== undefined)
      throw wrongField('vm.watch', other, 'Send {"filter": {"state": "running"}}, or {} for all machines.');
    if (this.#open.size >= mostWatches) {
      throw new Fault('conflict', `This connection has ${mostWatches} watches already.`, {
        remedy: 'End some with vm.unwatch.',
      });
    }
    const watch = `watch-${++this.#last}`;
    const tell: WatchListener = change => this.#notify(watch, change);
    // Entered before it is begun, so that many at a time are counted.
    this.#open.set(watch, () => {});
    try {
      const { machines, missing, stop } = await this.#bridge.watch(filter, { signal }, tell);
      if (this.#closed) stop();
      else this.#open.set(watch, stop);
      return { watch, machines, missing };
    } catch (error) {
      this.#open.delete(watch);
      throw error;
    }
  }

  /** Throws `not_found` for what is no watch of this connection. */
  stop(rawParams: unknown): object {
    const { watch, ...others } = toRecord('vm.unwatch', rawParams);
    const [other] = Object.keys(others);
    if (other !== undefined || typeof watch !== 'string') {
      throw wrongField('vm.unwatch', other ?? 'watch', 'Send {"watch": "watch-1"}, as vm.watch named it.');
    }
    const stop = this.#open.get(watch);
    if (stop === undefined) {
      const candidates = [...this.#open.keys()].slice(0, 10);
      throw new Fault('not_found', `There is no watch "${watch.slice(0, 100)}".`, {
        data: { field: 'watch', candidates },
      });
    }
    this.#open.delete(watch);
    stop();
    return {};
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#open.values()) stop();
    this.#open.clear();
  }

  /** Resolves when it is written: what happens until then comes with the next. */
  async #notify(watch: string, change: Parameters<WatchListener>[0]): Promise<void> {
    if (this.#closed || !this.#open.has(watch)) return;
    await this.#connection.sendNotification('vm.changed', { watch, ...change });
  }
}

function wrongField(method: string, field: string, remedy: string): Fault {
  return new Fault('invalid', `The field "${field.slice(0, 100)}" of ${method} is missing or wrong.`, {
    remedy,
    data: { field },
  });
}
