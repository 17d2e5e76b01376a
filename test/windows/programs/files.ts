import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { withFileLock } from '../../../src/host/file-lock.ts';
import { createLocalPipe } from '../../../src/host/local-pipe.ts';
import { writeFileAtomically } from '../../../src/host/write-file-atomically.ts';

const folder = 'C:\\vmb tests\\files';

/** A server and its client, and a second one that floods it and goes away in the middle of a word. */
export async function talkOverPipe() {
  const pipe = await createLocalPipe(folder, 'owner');
  const seen: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.on('data', data => {
      seen.push(data.length > 100 ? 'flood' : String(data));
      if (String(data) === 'hello') socket.write('welcome');
    });
  }).listen(pipe.path);
  await once(server, 'listening');
  const client = connect(pipe.path);
  const hostile = connect(pipe.path).on('error', () => {});
  await once(hostile, 'connect');
  hostile.write(Buffer.alloc(100_000, 'x'));
  await delay(50);
  hostile.destroy();
  client.write('hello');
  const [answer] = await once(client, 'data');
  client.end();
  server.close();
  await once(server, 'close');
  const gone = await new Promise(resolve =>
    connect(pipe.path).on('error', (error: Error & { code?: string }) => resolve(error.code)),
  );
  return { kind: pipe.kind, path: pipe.path, answer: String(answer), flooded: seen.includes('flood'), gone };
}

/** Writes a file again and again while it is held open and read. */
export async function replaceHeldFile() {
  const file = `${folder}\\held.json`;
  const contents = Array.from({ length: 8 }, (_, at) => String(at).repeat(20_000));
  await writeFileAtomically(file, contents[0] ?? '');
  const torn: string[] = [];
  for (const content of contents) {
    const held = openSync(file, 'r');
    const writing = writeFileAtomically(file, content);
    await delay(60);
    const seen = readFileSync(file, 'utf8');
    if (!contents.includes(seen)) torn.push(seen.slice(0, 20));
    closeSync(held);
    await writing;
    if (readFileSync(file, 'utf8') !== content) torn.push('another content after writing');
  }
  return { torn, left: readdirSync(folder).filter(name => name.endsWith('.draft')) };
}

/** Eight writers of one process count upwards in a file, beside the lock of a process that was killed. */
export async function countUnderLock() {
  mkdirSync(folder, { recursive: true });
  const lock = `${folder}\\lock`;
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  writeFileSync(lock, JSON.stringify({ token: 'abc', owner: { pid: child.pid } }));
  writeFileSync(`${folder}\\count`, '0');
  const signal = AbortSignal.timeout(60_000);
  const countOnce = () =>
    withFileLock(lock, { signal }, async () => {
      const before = Number(readFileSync(`${folder}\\count`, 'utf8'));
      await delay(5);
      writeFileSync(`${folder}\\count`, String(before + 1));
    });
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let at = 0; at < 5; at++) await countOnce();
    }),
  );
  return {
    count: Number(readFileSync(`${folder}\\count`, 'utf8')),
    left: readdirSync(folder).filter(name => name.startsWith('lock')),
  };
}
