import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * A TLS server of OpenSSL itself, which tells a client whose certificate it refuses by an alert which fault it has; Node's
 * own server only hangs up. Whoever is let in gets a page.
 */
export class RefusingServer implements AsyncDisposable {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(options: readonly string[]): Promise<RefusingServer> {
    const port = await findPort();
    const fixed = ['s_server', '-accept', `127.0.0.1:${port}`, '-www', '-Verify', '2', '-verify_return_error'];
    const child = spawn('openssl', [...fixed, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout?.setEncoding('utf8');
    for await (const text of child.stdout ?? []) if (String(text).includes('ACCEPT')) break;
    return new RefusingServer(child, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
