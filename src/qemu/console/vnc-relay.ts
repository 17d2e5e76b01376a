import { connect, createServer, type Server, type Socket } from 'node:net';
import { Fault } from '../../errors/fault.ts';

/** A port on 127.0.0.1 that leads one connection to a machine's guarded display. */
export interface VncRelay {
  readonly port: number;
  /** Resolves as soon as the password is of no more use: judged by QEMU, or the connection or the time is over. */
  readonly used: Promise<void>;
  /** Stops listening and ends a connection that has not been let in yet. One that has goes on. */
  close(): void;
}

/**
 * QEMU's words up to its judgement: version (12 bytes), security types (2) or type (4), challenge (16), result (4). So this
 * many have passed when it has judged, in each version of the protocol, and fewer before.
 */
const judgedBytes = 34;

/** Listens for one connection and for so long. Fault: `host_fault` when no port can be had. */
export async function openVncRelay(display: string, milliseconds: number): Promise<VncRelay> {
  const { promise: used, resolve: markUsed } = Promise.withResolvers<void>();
  let client: Socket | undefined;
  const server = createServer(socket => {
    if (client === undefined) {
      client = socket;
      server.close();
      relay(socket, display, markUsed);
    } else socket.destroy();
  });
  const port = await listen(server);
  const close = () => {
    server.close();
    markUsed();
    if (client !== undefined && client.bytesWritten < judgedBytes) client.destroy();
  };
  const timer = setTimeout(close, milliseconds).unref();
  void used.then(() => clearTimeout(timer));
  return { port, used, close };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new Fault('host_fault', 'No port could be opened on 127.0.0.1 for the console.', { cause }));
    server.once('error', fail);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.on('error', () => server.close());
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

function relay(client: Socket, display: string, markUsed: () => void): void {
  const backend = connect(display);
  const end = () => {
    client.destroy();
    backend.destroy();
    markUsed();
  };
  for (const socket of [client, backend]) {
    socket.setNoDelay(true);
    socket.on('error', end).on('close', end);
  }
  let heard = 0;
  const count = (chunk: Buffer) => {
    heard += chunk.length;
    if (heard < judgedBytes) return;
    backend.off('data', count);
    markUsed();
  };
  backend.on('data', count);
  backend.pipe(client);
  client.pipe(backend);
}
