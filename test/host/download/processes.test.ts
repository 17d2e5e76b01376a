import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findTool } from '../../../scripts/sample/run-tool.ts';
import { type HostileServer, sha512, startHostileServer } from '../../support/hostile-server.ts';

const content = randomBytes(400_000);
const root = path.resolve(import.meta.dirname, '../../..');

let folder: string;
let server: HostileServer;
let target: string;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vmb-'));
  target = path.join(folder, 'sub', 'file');
  server = await startHostileServer(content);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function start(options: object = {}, environment: NodeJS.ProcessEnv = {}) {
  const file = path.join(import.meta.dirname, 'support', 'download-child.ts');
  const input = JSON.stringify({ url: server.url, target, sha512: sha512(content), ...options });
  const child = spawn(process.execPath, ['--import', 'tsx', file, input], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const outcome = text(child.stdout).then(printed => (printed === '' ? undefined : JSON.parse(printed)));
  return { child, outcome };
}

/** Resolves when the child has told of so many bytes. */
async function reached(child: ChildProcess, bytes: number): Promise<void> {
  for await (const chunk of child.stderr ?? []) {
    if (
      String(chunk)
        .split('\n')
        .some(line => Number(line) >= bytes)
    )
      return;
  }
  throw new Error('the download ended before');
}
const files = async () => (await readdir(path.join(folder, 'sub')).catch(() => [])).sort();

describe('a download across processes', () => {
  test('goes on with what a killed one has left', { timeout: 60_000 }, async () => {
    server.script = [{ kind: 'stall', at: 0.6 }];
    const { child } = start();
    await reached(child, 1);
    // Its last words may be of fewer bytes than it has written.
    while ((await readFile(`${target}.part`)).length < 240_000) await new Promise(resolve => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await files()).toEqual(['file.lock', 'file.part', 'file.part.json']);
    expect(await start().outcome).toMatchObject({ fetched: true });
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=240000-']);
    expect(sha512(await readFile(target))).toBe(sha512(content));
    expect(await files()).toEqual(['file']);
  });

  test('is done once for those who want it at once', { timeout: 60_000 }, async () => {
    const outcomes = await Promise.all([start().outcome, start().outcome, start().outcome]);
    expect(outcomes.map(({ fetched }) => fetched).sort()).toEqual([false, false, true]);
    expect(server.requests).toHaveLength(1);
    expect(await files()).toEqual(['file']);
  });

  test('is not held up by a lock that was never written to its end', { timeout: 60_000 }, async () => {
    await start().outcome;
    await rm(target);
    await writeFile(`${target}.lock`, '');
    expect(await start().outcome).toMatchObject({ fetched: true });
    expect(await files()).toEqual(['file']);
  });
});

describe('encryption', () => {
  test('is not given up by a redirect, and wants a certificate that is trusted', { timeout: 60_000 }, async ctx => {
    if (findTool('openssl') === undefined) return ctx.skip('not installed: openssl');
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject],
      {
        stdio: 'ignore',
      },
    );
    const secure = createSecureServer(
      { key: await readFile(key), cert: await readFile(cert) },
      (_request, response) => {
        response.writeHead(302, { location: server.url }).end();
      },
    );
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    try {
      const url = `https://localhost:${(secure.address() as AddressInfo).port}/file`;
      const trusted = await start({ url }, { NODE_EXTRA_CA_CERTS: cert }).outcome;
      expect(trusted).toMatchObject({ code: 'denied', message: expect.stringContaining('not encrypted') });
      expect(await start({ url }).outcome).toMatchObject({
        code: 'denied',
        message: expect.stringContaining('trusted'),
      });
      expect(server.requests).toEqual([]);
      expect(await files()).toEqual([]);
    } finally {
      secure.closeAllConnections();
      secure.close();
    }
  });
});

describe('a proxy', () => {
  test('of the environment is used, but for what NO_PROXY names', { timeout: 60_000 }, async () => {
    const asked: string[] = [];
    const proxy = createServer((incoming, response) => {
      asked.push(incoming.url ?? '');
      const onward = request(
        incoming.url ?? '',
        { method: incoming.method ?? 'GET', headers: incoming.headers },
        answer => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      onward.end();
    });
    // Tunnels are how Node speaks through a proxy, also without encryption.
    proxy.on('connect', (incoming, socket) => {
      asked.push(incoming.url ?? '');
      const onward = import('node:net').then(({ connect }) => connect(Number(new URL(server.url).port), '127.0.0.1'));
      void onward.then(other => {
        socket.on('error', () => other.destroy());
        other.on('error', () => socket.destroy());
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(other).pipe(socket);
      });
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    try {
      const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const clean = { HTTPS_PROXY: '', https_proxy: '', http_proxy: '', no_proxy: '', NO_PROXY: '' };
      expect(await start({}, { ...clean, HTTP_PROXY }).outcome).toMatchObject({ fetched: true });
      expect(asked).toHaveLength(1);
      await rm(target);
      expect(await start({}, { ...clean, HTTP_PROXY, NO_PROXY: '127.0.0.1' }).outcome).toMatchObject({ fetched: true });
      expect(asked).toHaveLength(1);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe('a disk that becomes full on the way', () => {
  test('is told, and gets its room back', async ctx => {
    const small = await mkdtemp(path.join(tmpdir(), 'vmb-small-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=18m', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      await rm(small, { recursive: true });
      return ctx.skip('not allowed here: mounting a small disk');
    }
    try {
      server.script = [{ kind: 'endless' }];
      const { downloadFile } = await import('../../../src/host/download/download-file.ts');
      const outcome = downloadFile(server.url, path.join(small, 'file'), {
        sha512: sha512(content),
        maxBytes: 1e9,
        signal: new AbortController().signal,
      });
      await expect(outcome).rejects.toMatchObject({
        code: 'host_fault',
        remedy: expect.stringContaining('Free space'),
        data: { systemCode: 'ENOSPC' },
      });
      expect(await readdir(small)).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
      await rm(small, { recursive: true });
    }
  });
});
