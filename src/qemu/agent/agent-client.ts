import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { QmpMessage } from '../qmp/message-reader.ts';
import { explainRefusal } from './explain-refusal.ts';
import { delimiter, ReplyReader } from './reply-reader.ts';

export interface CommandLimits {
  /** Milliseconds; 30 s when left out. */
  readonly timeoutMs?: number | undefined;
  /** Longest answer in bytes; 8 MiB when left out. */
  readonly replyBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  /** True when the message is the answer; others are dropped. */
  accept(message: QmpMessage | undefined): boolean;
  fail(fault: Fault): void;
}

const defaultTimeoutMs = 30_000;
const defaultReplyBytes = 8 * 1024 * 1024;
/** What may come unasked or out of step before the agent is given up. */
const mostStrayBytes = 64 * 1024 * 1024;

/**
 * One connection to a guest agent, which answers one command at a time and in order. The guest is not trusted: whatever
 * it sends, or does not send, ends in an answer or a Fault within the time limit, and with bounded memory. After a
 * `timeout`, a `cancelled` or an answer that is none, the connection is closed: a late answer would pass for the next one.
 */
export class AgentClient {
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  #pending: Pending | undefined;
  #lost: Fault | undefined;
  #strayBytes = 0;

  /** Takes over a connected socket; `synchronize()` must be called before the first command. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', chunk => this.#receive(Buffer.from(chunk)));
    socket.on('error', error => this.#lose(describeLoss(error)));
    socket.on('close', () => this.#lose(describeLoss()));
  }

  /**
   * Gets in step with the agent: everything that it may still have to say to an earlier connection comes before the
   * answer to this one's random number. Faults: `timeout` (nobody answers), `cancelled`, `unavailable` (channel closed).
   */
  async synchronize(limits: CommandLimits): Promise<void> {
    const id = randomInt(2 ** 47);
    const request = { execute: 'guest-sync-delimited', arguments: { id } };
    // The delimiter makes the agent's parser forget what an earlier connection left unfinished.
    const bytes = Buffer.concat([Buffer.from([delimiter]), encode(request)]);
    await this.#ask('guest-sync-delimited', bytes, limits, message => message?.return === id);
  }

  /**
   * Runs one command and returns what it returns. Faults: those of `explainRefusal`, `timeout`, `cancelled`,
   * `unavailable` (channel closed), `failed` (the answer is none, or too long).
   */
  async execute(
    command: string,
    args: Readonly<Record<string, unknown>> = {},
    limits: CommandLimits = {},
  ): Promise<unknown> {
    const reply = await this.#ask(command, encode({ execute: command, arguments: args }), limits, () => true);
    if (reply === undefined || !('return' in reply || 'error' in reply)) {
      const fault = new Fault('failed', `The guest agent's answer to ${command} is not one of its protocol.`, {
        remedy: 'Restart the service qemu-guest-agent in the guest.',
      });
      this.#lose(fault);
      throw fault;
    }
    if ('return' in reply) return reply.return;
    throw explainRefusal(command, reply);
  }

  /** Closes the channel and so lets the next one in. A command under way fails. */
  close(): void {
    this.#socket.destroy();
  }

  async #ask(
    command: string,
    bytes: Buffer,
    { timeoutMs = defaultTimeoutMs, replyBytes = defaultReplyBytes, signal }: CommandLimits,
    isAnswer: (message: QmpMessage | undefined) => boolean,
  ): Promise<QmpMessage | undefined> {
    if (signal?.aborted) throw cancelledFault(signal, `The guest agent's command ${command}`);
    if (this.#lost) throw this.#lost;
    if (this.#pending) throw new TypeError('The guest agent takes one command at a time.');
    this.#reader.limit = replyBytes;
    const { promise, resolve, reject } = Promise.withResolvers<QmpMessage | undefined>();
    const accept = (message: QmpMessage | undefined): boolean => {
      if (!isAnswer(message)) return false;
      resolve(message);
      return true;
    };
    this.#pending = { accept, fail: reject };
    const timer = setTimeout(() => this.#lose(describeSilence(command, timeoutMs)), timeoutMs);
    const cancel = () => signal && this.#lose(cancelledFault(signal, `The guest agent's command ${command}`));
    signal?.addEventListener('abort', cancel, { once: true });
    this.#socket.write(bytes);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.#pending = undefined;
    }
  }

  #receive(chunk: Buffer): void {
    this.#strayBytes += chunk.length;
    try {
      for (const message of this.#reader.push(chunk)) {
        if (this.#pending?.accept(message) !== true) continue;
        this.#pending = undefined;
        this.#strayBytes = 0;
      }
    } catch (error) {
      this.#lose(error instanceof Fault ? error : describeLoss(error));
    }
    if (this.#strayBytes > mostStrayBytes) {
      this.#lose(new Fault('failed', `The guest agent sent more than ${mostStrayBytes} bytes without an answer.`));
    }
  }

  #lose(fault: Fault): void {
    this.#lost ??= fault;
    this.#socket.destroy();
    this.#pending?.fail(this.#lost);
    this.#pending = undefined;
  }
}

function encode(message: QmpMessage): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\n`);
}

function describeSilence(command: string, timeoutMs: number): Fault {
  return new Fault('timeout', `The guest agent did not answer ${command} within ${timeoutMs / 1000} s.`, {
    remedy: 'Try again; restart the service qemu-guest-agent in the guest when it stays silent.',
    data: { command },
  });
}

function describeLoss(cause?: unknown): Fault {
  return new Fault('unavailable', 'The channel to the guest agent was closed.', {
    remedy: 'Look whether the machine still runs: vm.get.',
    cause,
  });
}
