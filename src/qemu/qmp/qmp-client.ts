import type { Socket } from 'node:net';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { isMessage, MessageReader, type QmpMessage } from './message-reader.ts';

export interface QmpEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

export type QmpListener = (event: QmpEvent) => void;

export interface QmpClientOptions {
  /** How long a command may take, in milliseconds; 30 s when left out. */
  readonly timeoutMs?: number | undefined;
  /** Explains why the channel closed, e.g. from the exit of the process. */
  readonly explainLoss?: (() => Promise<Fault>) | undefined;
}

interface PendingCommand {
  readonly command: string;
  settle(outcome: { value: unknown } | { fault: Fault }): void;
}

/** One QMP channel. Commands may be sent side by side: replies find their command by its id. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #options: QmpClientOptions;
  readonly #reader = new MessageReader();
  readonly #pending = new Map<string, PendingCommand>();
  readonly #listeners = new Set<QmpListener>();
  readonly #greeting = Promise.withResolvers<void>();
  #lastId = 0;
  #lost: Promise<Fault> | undefined;

  /** Takes over a connected socket; `open()` must be called before the first command. */
  constructor(socket: Socket, options: QmpClientOptions = {}) {
    this.#socket = socket;
    this.#options = options;
    this.#greeting.promise.catch(() => {});
    socket.on('data', chunk => this.#receive(Buffer.from(chunk)));
    socket.on('error', error => this.#lose(error));
    socket.on('close', () => this.#lose());
  }

  /** Waits for QEMU's greeting and leaves the negotiation mode. */
  async open(signal?: AbortSignal): Promise<void> {
    const { promise, done } = this.#limit('the greeting', signal);
    try {
      await Promise.race([this.#greeting.promise, promise]);
    } finally {
      done();
    }
    await this.execute('qmp_capabilities', {}, signal);
  }

  /**
   * Runs one command and returns what it returns. Faults: `unsupported` (this QEMU does not have it), `failed` (QEMU
   * refused; its words are in `data`), `timeout`, `cancelled`, `host_fault` (the channel closed).
   */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) throw cancelledFault(signal, `The QEMU command ${command}`);
    if (this.#lost) throw await this.#lost;
    this.#lastId += 1;
    const id = `v${this.#lastId}`;
    const { promise: limit, done } = this.#limit(command, signal);
    const reply = new Promise<unknown>((resolve, reject) => {
      const settle: PendingCommand['settle'] = outcome =>
        'fault' in outcome ? reject(outcome.fault) : resolve(outcome.value);
      this.#pending.set(id, { command, settle });
    });
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await Promise.race([reply, limit]);
    } finally {
      done();
      this.#pending.delete(id);
    }
  }

  /** Calls `listener` for every event of that name until the returned function is called. `'*'` stands for all. */
  on(name: string, listener: QmpListener): () => void {
    const filtered: QmpListener = event => {
      if (name === '*' || event.name === name) listener(event);
    };
    this.#listeners.add(filtered);
    return () => this.#listeners.delete(filtered);
  }

  /** Closes the channel. Commands under way fail. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#reader.push(chunk)) this.#handle(message);
    } catch (error) {
      this.#lose(error);
      this.#socket.destroy();
    }
  }

  #handle(message: QmpMessage): void {
    if ('QMP' in message) this.#greeting.resolve();
    else if (typeof message.event === 'string') this.#announce(message.event, message);
    else if (typeof message.id === 'string') this.#settle(message.id, message);
  }

  #settle(id: string, message: QmpMessage): void {
    const pending = this.#pending.get(id);
    // A reply that nobody waits for belongs to a command that was given up.
    if (!pending) return;
    pending.settle(
      'return' in message ? { value: message.return } : { fault: describeRefusal(pending.command, message) },
    );
  }

  #announce(name: string, { data, timestamp }: QmpMessage): void {
    const event = { name, data: isMessage(data) ? data : {}, at: readTime(timestamp) };
    for (const listener of [...this.#listeners]) listener(event);
  }

  #lose(cause?: unknown): void {
    if (this.#lost) return;
    const explain = this.#options.explainLoss ?? (async () => describeLoss(cause));
    this.#lost = cause instanceof Fault ? Promise.resolve(cause) : explain();
    void this.#lost.then(fault => {
      this.#greeting.reject(fault);
      for (const pending of this.#pending.values()) pending.settle({ fault });
    });
  }

  /** A promise that fails when the time is up or the caller has gone away, and the function that calls it off. */
  #limit(what: string, signal: AbortSignal | undefined): { promise: Promise<never>; done: () => void } {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    const milliseconds = this.#options.timeoutMs ?? 30_000;
    const expire = () => reject(describeSilence(what, milliseconds));
    const timer = setTimeout(expire, milliseconds);
    const cancel = () => signal && reject(cancelledFault(signal, `The QEMU command ${what}`));
    signal?.addEventListener('abort', cancel, { once: true });
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
    return { promise, done };
  }
}

function describeSilence(what: string, milliseconds: number): Fault {
  return new Fault('timeout', `QEMU did not answer ${what} within ${milliseconds} ms.`, {
    remedy: 'Look at the machine with vm.get: when it does not respond, stop it with force.',
  });
}

function describeRefusal(command: string, { error }: QmpMessage): Fault {
  const { class: kind, desc } = isMessage(error) ? error : {};
  const code = kind === 'CommandNotFound' ? 'unsupported' : 'failed';
  const message =
    code === 'unsupported' ? `This QEMU does not know the command ${command}.` : `QEMU refused the command ${command}.`;
  const remedy =
    code === 'unsupported'
      ? 'Install a newer QEMU: see engine.install.'
      : "See data.description for QEMU's words, and vm.get for the state of the machine.";
  return new Fault(code, message, { remedy, data: { command, class: kind, description: desc } });
}

function describeLoss(cause: unknown): Fault {
  return new Fault('host_fault', 'The control channel to QEMU was closed.', {
    remedy: 'Look at the machine with vm.get, and start it again when it has ended.',
    cause,
  });
}

function readTime(raw: unknown): Date {
  const { seconds, microseconds } = isMessage(raw) ? raw : {};
  // QEMU gives -1 where the host has no clock.
  if (typeof seconds !== 'number' || typeof microseconds !== 'number' || seconds < 0) return new Date();
  return new Date(seconds * 1000 + microseconds / 1000);
}
