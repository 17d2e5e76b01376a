import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundleForTests } from './mcp-bundle.ts';
import { createTestHome, type TestHome } from './mcp-home.ts';

export interface Message {
  readonly jsonrpc?: string;
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { code: number; message: string; data?: unknown };
}

export interface RawServerSettings {
  readonly configuration?: unknown;
  readonly flags?: readonly string[];
  readonly nodeFlags?: readonly string[];
  /** What node runs instead of the bundle's entry. */
  readonly program?: readonly string[];
}

/** `vmbridge serve` as a child process, spoken to in bytes. */
export class RawServer {
  readonly child: ChildProcess;
  readonly home: TestHome;
  /** Everything that came over standard output, line by line. */
  readonly lines: string[] = [];
  errors = '';
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  #waiting: (() => void)[] = [];
  #rest = '';
  #lastId = 0;

  constructor(child: ChildProcess, home: TestHome) {
    this.child = child;
    this.home = home;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    child.stdin?.on('error', () => {});
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    void this.exited.then(() => this.#wake());
  }

  get messages(): Message[] {
    return this.lines.map(line => JSON.parse(line) as Message);
  }

  write(bytes: string | Uint8Array): void {
    this.child.stdin?.write(bytes);
  }

  send(message: unknown): void {
    this.write(`${JSON.stringify(message)}\n`);
  }

  /** Sends a request and resolves to its answer. */
  async request(method: string, params?: unknown): Promise<Message> {
    this.#lastId++;
    const id = `test-${this.#lastId}`;
    this.send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
    return this.find(message => message.id === id);
  }

  callTool(name: string, input: unknown = {}): Promise<Message> {
    return this.request('tools/call', { name, arguments: input });
  }

  async initialize(): Promise<Message> {
    const answer = await this.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    });
    this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return answer;
  }

  /** Resolves to the first message that fits, past or future. */
  async find(fits: (message: Message) => boolean): Promise<Message> {
    let seen = 0;
    for (;;) {
      for (; seen < this.lines.length; seen++) {
        const message = JSON.parse(this.lines[seen] ?? '') as Message;
        if (fits(message)) return message;
      }
      if (this.child.exitCode !== null) throw new Error(`The server has ended: ${this.errors}`);
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  /** Resolves when so many lines have come. */
  async count(lines: number): Promise<void> {
    while (this.lines.length < lines && this.child.exitCode === null) {
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    await this.exited;
    this.home.remove();
  }

  #take(text: string): void {
    const parts = `${this.#rest}${text}`.split('\n');
    this.#rest = parts.pop() ?? '';
    this.lines.push(...parts);
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export async function startRawServer(settings: RawServerSettings = {}): Promise<RawServer> {
  const home = createTestHome(settings.configuration);
  const program = settings.program ?? [await bundleForTests()];
  const child = spawn(
    process.execPath,
    [...(settings.nodeFlags ?? []), ...program, 'serve', ...(settings.flags ?? [])],
    { env: home.environment, stdio: 'pipe' },
  );
  return new RawServer(child, home);
}
