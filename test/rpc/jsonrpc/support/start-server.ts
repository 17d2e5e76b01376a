import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { createTestHome, type TestHome } from '../../../support/mcp-home.ts';

export const main = path.resolve(import.meta.dirname, '../../../../src/main.ts');

export interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface Server {
  readonly child: ChildProcess;
  readonly home: TestHome;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  stderr(): string;
  stop(): Promise<void>;
}

/** `vmbridge rpc` as a child process. */
export function startServer(flags: readonly string[] = [], configuration?: unknown): Server {
  const home = createTestHome(configuration);
  const child = spawn(process.execPath, [main, 'rpc', ...flags], { env: home.environment, stdio: 'pipe' });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin?.on('error', () => {});
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    child,
    home,
    exited,
    stderr: () => stderr,
    stop: async () => {
      child.stdin?.end();
      await exited;
      home.remove();
    },
  };
}

/** The client that editors use, connected to the server. */
export function connect(server: Server): MessageConnection {
  const { stdin, stdout } = server.child;
  const connection = createMessageConnection(new StreamMessageReader(stdout!), new StreamMessageWriter(stdin!));
  connection.listen();
  return connection;
}

export function frame(message: unknown): Buffer {
  const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
}

/** The server spoken to in bytes: every answer is kept in order. */
export class RawClient {
  readonly messages: Message[] = [];
  readonly #server: Server;
  #rest = Buffer.alloc(0);
  #wake: () => void = () => {};

  constructor(server: Server) {
    this.#server = server;
    server.child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    void server.exited.then(() => this.#wake());
  }

  /** Resolves when the bytes have left this process. */
  async write(bytes: string | Buffer): Promise<void> {
    const { stdin } = this.#server.child;
    if (stdin?.write(bytes) === false) await once(stdin, 'drain');
  }

  /** Resolves to the n-th message, from 1. */
  async nth(count: number): Promise<Message> {
    while (this.messages.length < count) {
      if (this.#server.child.exitCode !== null) throw new Error(`The server has ended: ${this.#server.stderr()}`);
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    return this.messages[count - 1]!;
  }

  /** Sends a request and resolves to its answer, whatever comes in between. */
  async ask(id: string | number, method = 'provider.list', params: unknown = {}): Promise<Message> {
    await this.write(frame({ jsonrpc: '2.0', id, method, params }));
    for (let count = 1; ; count++) {
      const message = await this.nth(count);
      if (message.id === id) return message;
    }
  }

  // Strict on purpose: one byte on stdout that is not a frame fails the test.
  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end === -1) break;
      const header = this.#rest.toString('latin1', 0, end);
      const length = Number(/^Content-Length: (\d+)$/.exec(header)?.[1]);
      if (Number.isNaN(length)) throw new Error(`Not a header: ${header}`);
      if (this.#rest.length < end + 4 + length) break;
      this.messages.push(JSON.parse(this.#rest.toString('utf8', end + 4, end + 4 + length)));
      this.#rest = this.#rest.subarray(end + 4 + length);
    }
    this.#wake();
  }
}
