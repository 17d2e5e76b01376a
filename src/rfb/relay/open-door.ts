import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Fault } from '../../errors/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { authenticate } from '../handshake/authenticate.ts';
import { askViewer } from './admit-viewer.ts';

/** A screen that is reached once somebody wants to see it. */
export interface Backend {
  readonly stream: Duplex;
  readonly password: string | undefined;
}

export interface DoorOptions {
  /** Path of a socket; without it a free port of 127.0.0.1. */
  readonly socket?: string;
  /** What a viewer must know; without it everybody who gets as far as the door is let in. */
  readonly password?: string;
  /** How long the door stays open for the viewer. */
  readonly milliseconds: number;
  /** Reaches the screen. Its password stays here: the viewer has its own. */
  readonly reach: (signal: AbortSignal) => Promise<Backend>;
  /** Told why a viewer was not let in. */
  readonly onFailure: (failure: unknown) => void;
}

/** An address at which one viewer is let in, once. */
export interface Door {
  /** 0 at a socket. */
  readonly port: number;
  /** Resolves when everything is over: nobody came, was let in, or has gone again. */
  readonly closed: Promise<void>;
  /** True until a viewer has come. */
  isWaiting(): boolean;
  /** Lets nobody in any more, and sends away who is in. */
  close(): void;
}

const loginMilliseconds = 20_000;
/** How long a viewer that is refused may take to read why. */
const lastWordsMilliseconds = 3000;

/**
 * Opens a screen to one viewer. It logs in here, by a password made for it alone; only then the screen is reached, with the
 * password of that, and from there on bytes are passed on as they are.
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
  const ending = new AbortController();
  let visited = false;
  const server = createServer(viewer => {
    if (visited) return void viewer.destroy();
    visited = true;
    server.close();
    void letIn(viewer, options, ending.signal, () => clearTimeout(timer)).finally(close);
  });
  const close = () => {
    clearTimeout(timer);
    server.close();
    ending.abort(new Fault('cancelled', 'The console was closed.'));
    markClosed();
  };
  const port = await listen(server, options.socket);
  const timer = setTimeout(close, options.milliseconds).unref();
  return { port, closed, close, isWaiting: () => !visited };
}

async function letIn(viewer: Socket, options: DoorOptions, signal: AbortSignal, onAdmitted: () => void): Promise<void> {
  viewer.setNoDelay(true);
  // Readers come and go, and an error that nobody listens to ends the process.
  viewer.on('error', () => {});
  const reader = new ByteReader(viewer, signal);
  try {
    const waiting = await askViewer(reader, viewer, options.password);
    const screen = await reachScreen(options, signal).catch(error => {
      waiting.refuse(error instanceof Fault ? error.message : 'The screen can not be reached.');
      throw error;
    });
    onAdmitted();
    waiting.admit();
    reader.release();
    await relay(viewer, screen, signal);
  } catch (error) {
    options.onFailure(error);
    reader.release();
    // The reason may still be on its way.
    if (viewer.writableEnded) viewer.resume().setTimeout(lastWordsMilliseconds, () => viewer.destroy());
    else viewer.destroy();
  }
}

async function reachScreen(options: DoorOptions, signal: AbortSignal): Promise<Duplex> {
  const { stream, password } = await options.reach(signal);
  stream.on('error', () => {});
  const reader = new ByteReader(stream, signal);
  try {
    await reader.within(loginMilliseconds, 'Logging in at the screen', () => authenticate(reader, stream, password));
  } catch (error) {
    stream.destroy();
    throw error;
  }
  reader.release();
  return stream;
}

/** Passes bytes on both ways until one side has gone. */
async function relay(viewer: Duplex, screen: Duplex, signal: AbortSignal): Promise<void> {
  await new Promise<void>(resolve => {
    const end = () => {
      viewer.destroy();
      screen.destroy();
      resolve();
    };
    for (const stream of [viewer, screen]) stream.on('error', end).on('close', end).on('end', end);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted || viewer.destroyed || screen.destroyed) end();
    viewer.pipe(screen);
    screen.pipe(viewer);
  });
}

async function listen(server: Server, socket: string | undefined): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new Fault('host_fault', 'No place could be opened on this host for the console.', { cause }));
    server.once('error', fail);
    if (socket === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(socket, resolve);
  });
  server.on('error', () => server.close());
  server.unref();
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}
