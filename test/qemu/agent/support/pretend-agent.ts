import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Request {
  readonly execute: string;
  readonly arguments: Record<string, unknown>;
}

/** What a stand-in does with a request; it may write anything. */
export type Behaviour = (request: Request, socket: Socket) => void;

export const answerLine = (value: unknown) => `${JSON.stringify({ return: value })}\n`;
export const answerSync: Behaviour = (request, socket) => {
  socket.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(answerLine(request.arguments.id))]));
};

/** A server on a socket that takes requests as an agent does, one client at a time as QEMU does, and behaves as it is told. */
export class PretendAgent {
  readonly folder = mkdtempSync(join(tmpdir(), 'vmb-agent-'));
  readonly path = join(this.folder, 'agent.sock');
  readonly requests: Request[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(behave: Behaviour) {
    this.#server = createServer(socket => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      let rest = '';
      socket.on('data', chunk => {
        rest += chunk.toString('latin1');
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const request = JSON.parse(line.replaceAll('\u00ff', '')) as Request;
          this.requests.push(request);
          behave(request, socket);
        }
      });
    });
  }

  static async open(behave: Behaviour): Promise<PretendAgent> {
    const agent = new PretendAgent(behave);
    await new Promise<void>(resolve => agent.#server.listen(agent.path, resolve));
    return agent;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
