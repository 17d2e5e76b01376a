import { createServer, type Server, type Socket } from 'node:net';
import { Fault } from '../../errors/fault.ts';
import { MessageReader, type QmpMessage } from '../qmp/message-reader.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

/**
 * A second QMP channel made from the first, for QEMU on Windows: its pipes serve one client ever, and it does not start
 * before that one has come. Visitors get what they would get from QEMU, without the events.
 */
export async function serveVisitors(path: string, qmp: QmpClient): Promise<Server> {
  const server = createServer(socket => greet(socket, qmp));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.unref();
  return server;
}

function greet(socket: Socket, qmp: QmpClient): void {
  const reader = new MessageReader(1024 * 1024);
  socket.on('error', () => socket.destroy());
  socket.on('data', chunk => {
    try {
      for (const message of reader.push(Buffer.from(chunk)))
        void answer(message, qmp).then(reply => send(socket, reply));
    } catch {
      socket.destroy();
    }
  });
  send(socket, { QMP: { version: {}, capabilities: [] } });
}

async function answer({ execute, arguments: args, id }: QmpMessage, qmp: QmpClient): Promise<QmpMessage> {
  if (execute === 'qmp_capabilities') return { return: {}, id };
  try {
    const given = typeof args === 'object' && args !== null ? { ...args } : {};
    return { return: await qmp.execute(String(execute), given), id };
  } catch (error) {
    const kind = error instanceof Fault && error.code === 'unsupported' ? 'CommandNotFound' : 'GenericError';
    return { error: { class: kind, desc: error instanceof Error ? error.message : String(error) }, id };
  }
}

function send(socket: Socket, message: QmpMessage): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}
