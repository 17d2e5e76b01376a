import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { basename } from 'node:path';
import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import type { DiskImage } from '../disk-image.ts';
import { BufferPool } from './buffer-pool.ts';
import { Connection, type ExportContext, type Limits } from './connection.ts';
import { MemoryBudget } from './memory-budget.ts';
import { type ReadFault, ReadFaults } from './read-faults.ts';

export type ExportAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'inet'; readonly host: string; readonly port: number };

/**
 * A path for a socket in a folder that only this user may enter, or some port of the loopback device, which every user can
 * reach: there a client has to know the name of the export, and nobody is told.
 */
export type WantedAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'inet'; readonly name: string };

export interface ServeOptions {
  readonly address: WantedAddress;
  /** Told of each new fault. */
  readonly onFault?: ((fault: Fault) => void) | undefined;
  readonly limits?: Partial<Limits> | undefined;
}

export interface ServedImage {
  readonly address: ExportAddress;
  /** What a client has to ask for. */
  readonly name: string;
  readonly faults: readonly ReadFault[];
  /** Bytes that replies hold at the moment. */
  readonly heldBytes: number;
  /** Breaks all connections and waits for their end; safe to call twice. The image stays open. */
  close(): Promise<void>;
}

const mebibyte = 1024 * 1024;
const usualLimits: Limits = {
  handshakeMs: 30_000,
  stallMs: 300_000,
  // More would only leave the processor's cache before it is sent.
  connectionBytes: 2 * mebibyte,
  totalBytes: 64 * mebibyte,
};
const host = '127.0.0.1';
const mostConnections = 64;

/** Offers a disk image over NBD, read-only. Nothing that a client does makes it throw. */
export async function serveImage(image: DiskImage, options: ServeOptions): Promise<ServedImage> {
  const limits = { ...usualLimits, ...options.limits };
  const faults = new ReadFaults(options.onFault);
  const budget = new MemoryBudget(limits.totalBytes);
  const name = options.address.kind === 'inet' ? options.address.name : '';
  const description = escapeControls(`${basename(image.path)} (${image.format}, read-only)`);
  const facts = { name, secret: name !== '', description, virtualSize: image.virtualSize, blockSize: 4096 };
  const context: ExportContext = { image, facts, faults, pool: new BufferPool(), budget, limits };
  const connections = new Set<Connection>();
  // Replies may still be under way when a client has sent its last request.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => accept(context, connections, socket));
  const address = await listen(server, options.address);
  // Such as too many open files: that connection failed, and the next one may not.
  server.on('error', () => {});
  let closed: Promise<void> | undefined;
  return {
    address,
    name,
    faults: faults.list,
    get heldBytes() {
      return budget.used;
    },
    close() {
      closed ??= close(server, connections);
      return closed;
    },
  };
}

async function listen(server: Server, wanted: WantedAddress): Promise<ExportAddress> {
  try {
    server.listen(wanted.kind === 'unix' ? { path: wanted.path } : { host, port: 0, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw listenFault(error, wanted.kind === 'unix' ? wanted.path : host);
  }
  const address = server.address();
  return wanted.kind === 'unix' || address === null || typeof address === 'string'
    ? { kind: 'unix', path: wanted.kind === 'unix' ? wanted.path : '' }
    : { kind: 'inet', host, port: address.port };
}

function listenFault(error: unknown, address: string): Fault {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return new Fault(isTaken ? 'conflict' : 'host_fault', `The disk can not be offered at ${address}.`, {
    remedy: isTaken
      ? 'Close what is served there, or give each image a folder of its own.'
      : 'See that the folder is there and can be written to.',
    data: { address, reason: error instanceof Error ? error.message : String(error) },
    cause: error,
  });
}

function accept(context: ExportContext, connections: Set<Connection>, socket: Socket): void {
  if (connections.size >= mostConnections) {
    // Strangers must not keep out whoever knows the name: the one that has hesitated longest gives way.
    const stranger = connections.values().find(({ isAgreed }) => !isAgreed);
    if (!stranger) {
      socket.destroy();
      return;
    }
    stranger.abandon();
  }
  const connection = new Connection(context, socket);
  connections.add(connection);
  void connection.ended.then(() => {
    connections.delete(connection);
    if (connections.size === 0) context.pool.clear();
  });
}

async function close(server: Server, connections: ReadonlySet<Connection>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const connection of connections) connection.abandon();
  await closed;
}
