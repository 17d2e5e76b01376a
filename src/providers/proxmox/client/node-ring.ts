import type { TLSSocket } from 'node:tls';
import type { Pool } from 'undici';
import type { NodeAddress } from './node-address.ts';

/** One address of a host, and the connections to it. */
export interface ClusterNode {
  readonly address: NodeAddress;
  pool(): Promise<Pool>;
}

/** How long an address that failed is left alone while others answer. */
const restMilliseconds = 30_000;

/** The addresses of one host, any of which speaks for the whole cluster: the one that answered last is asked first. */
export class NodeRing {
  readonly #nodes: readonly (ClusterNode & { failedAt: number })[];
  readonly #pools: Promise<Pool>[] = [];
  readonly #rest: number;
  #good: ClusterNode | undefined;

  constructor(
    addresses: readonly NodeAddress[],
    connect: (address: NodeAddress) => Promise<TLSSocket>,
    rest: number = restMilliseconds,
  ) {
    this.#rest = rest;
    this.#nodes = addresses.map(address => {
      let pool: Promise<Pool> | undefined;
      const open = async () => (await import('./undici-pool.ts')).openPool(address, () => connect(address));
      const get = () => {
        if (pool === undefined) {
          pool = open();
          this.#pools.push(pool);
        }
        return pool;
      };
      return { address, pool: get, failedAt: Number.NEGATIVE_INFINITY };
    });
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** All of them, the most promising first. */
  order(): ClusterNode[] {
    const since = performance.now() - this.#rest;
    const rate = (node: ClusterNode & { failedAt: number }) =>
      node.failedAt > since ? 2 : node === this.#good ? 0 : 1;
    return [...this.#nodes].sort((a, b) => rate(a) - rate(b) || a.failedAt - b.failedAt);
  }

  remember(node: ClusterNode, answered: boolean): void {
    const own = this.#nodes.find(other => other === node);
    if (own === undefined) return;
    own.failedAt = answered ? Number.NEGATIVE_INFINITY : performance.now();
    if (answered) this.#good = node;
    else if (this.#good === node) this.#good = undefined;
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#pools);
    await Promise.allSettled(closed.map(one => (one.status === 'fulfilled' ? one.value.destroy() : undefined)));
  }
}
