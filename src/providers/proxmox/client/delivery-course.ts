import { setTimeout as delay } from 'node:timers/promises';
import { ConnectError } from './connect-error.ts';
import { AnswerTimeout, type Reply } from './exchange.ts';
import { isTransportText } from './failure-rules.ts';
import type { ClusterNode, NodeRing } from './node-ring.ts';
import { isUnreached } from './reply-fault.ts';
import { readReplyText } from './reply-text.ts';

/** Where one request has been, and where it may go next. A request that may not be repeated goes on only while none of it was sent. */
export class DeliveryCourse {
  /** Nodes that gave no connection, and why. */
  readonly unreached = new Map<ClusterNode, ConnectError>();
  readonly #ring: NodeRing;
  readonly #pauses: readonly number[];
  /** Nodes that answered, but not with what was asked for. */
  readonly #avoided = new Set<ClusterNode>();
  #repeats = 0;
  #timeouts = 0;

  constructor(ring: NodeRing, pauses: readonly number[]) {
    this.#ring = ring;
    this.#pauses = pauses;
  }

  /** The node to ask; undefined when none could be connected to. */
  next(): ClusterNode | undefined {
    const left = this.#ring.order().filter(node => !this.unreached.has(node));
    return left.find(node => !this.#avoided.has(node)) ?? left[0];
  }

  /** Whether the request goes on after this failure; waits a moment where that helps. */
  async survives(node: ClusterNode, error: unknown, repeatable: boolean, signal: AbortSignal): Promise<boolean> {
    this.#ring.remember(node, false);
    if (error instanceof ConnectError) {
      this.unreached.set(node, error);
      if (this.unreached.size < this.#ring.size) return true;
      // A node whose daemon is being restarted refuses for a second; one that is away stays away.
      const refused = error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET';
      if (!repeatable || !refused || !(await this.#pause(signal))) return false;
      this.unreached.clear();
      return true;
    }
    if (!repeatable || isTooBig(error)) return false;
    if (error instanceof AnswerTimeout) {
      this.#timeouts += 1;
      if (this.#timeouts > 1) return false;
    }
    this.#avoided.add(node);
    return this.#pause(signal);
  }

  /** Whether the request is sent again because of this answer: one that tells only that another node was not reached. */
  async rejects(node: ClusterNode, reply: Reply, repeatable: boolean, signal: AbortSignal): Promise<boolean> {
    if (!repeatable) return false;
    const unreached = isUnreached(reply.status) || (reply.status === 500 && isTransportText(readReplyText(reply).text));
    if (!unreached) return false;
    this.#avoided.add(node);
    const again = await this.#pause(signal);
    // A call that ended meanwhile wants no explanation of why another node was not reached.
    signal.throwIfAborted();
    return again;
  }

  async #pause(signal: AbortSignal): Promise<boolean> {
    const pause = this.#pauses[this.#repeats];
    if (pause === undefined) return false;
    this.#repeats += 1;
    try {
      await delay(pause, undefined, { signal });
      return true;
    } catch {
      return false;
    }
  }
}

/** An answer that is too big is so the next time too. */
function isTooBig(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE';
}
