import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { bundle } from '../../scripts/build/bundle.ts';
import { noProviders } from '../../test/support/no-providers.ts';

export interface Step {
  readonly percentage?: number;
  readonly message: string;
}

// biome-ignore lint/suspicious/noExplicitAny: measurements look into answers of every shape.
export type Answer = any;

const configuration = { engine: { accelerator: 'tcg' }, providers: { ...noProviders, qemu: { enabled: true } } };

/** Writes a home whose machines run without hardware help, as the peers' do: what is measured is what lies around QEMU. */
export function createBenchHome(folder: string): string {
  const home = path.join(folder, 'home');
  mkdirSync(home);
  writeFileSync(path.join(home, 'config.json'), JSON.stringify(configuration));
  return home;
}

/** `vmbridge rpc`, bundled as it is shipped, and a client of it. Its home and all that is in it go with it. */
export class WarmServer {
  /** Gone when the server is closed. */
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #listeners = new Map<string, (step: Step) => void>();
  #lastToken = 0;

  private constructor(folder: string, child: ChildProcess, connection: MessageConnection) {
    this.folder = folder;
    this.#child = child;
    this.#connection = connection;
    connection.onNotification('$/progress', ({ token, value }: { token: string; value: Step }) =>
      this.#listeners.get(token)?.(value),
    );
    connection.listen();
  }

  static async start(): Promise<WarmServer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
    const { entry } = await bundle(path.join(folder, 'dist'));
    const environment = { ...process.env, VMBRIDGE_HOME: createBenchHome(folder) };
    const child = spawn(process.execPath, [entry, 'rpc'], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const server = new WarmServer(folder, child, connection);
    await server.call('provider.list');
    return server;
  }

  /** One call and its answer; that of a long one is its result. */
  async call(method: string, input: Record<string, unknown> = {}, listen?: (step: Step) => void): Promise<Answer> {
    this.#lastToken += 1;
    const token = String(this.#lastToken);
    if (listen) this.#listeners.set(token, listen);
    try {
      const answer: Answer = await this.#connection.sendRequest(
        method,
        listen ? { ...input, workDoneToken: token } : input,
      );
      if (answer.operation === undefined) return answer;
      if (answer.result === undefined) throw new Error(`${method} has not ended: ${JSON.stringify(answer.operation)}`);
      return answer.result;
    } finally {
      this.#listeners.delete(token);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    await closed;
    this.#connection.dispose();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
