import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Progress } from '../../../../src/model/call.ts';
import { nodeCertificate } from '../../../support/proxmox/tls/shared-authority.ts';
import { NodeServer, reply } from './support/node-server.ts';
import { faultOf, openClient, tokenSecret, unaborted } from './support/open-client.ts';

const upload = {
  method: 'POST',
  path: '/nodes/{node}/storage/{storage}/upload',
  params: { node: 'pve1', storage: 'local', content: 'iso' },
} as const;

describe('an upload', () => {
  let folder: string;
  let path: string;
  const content = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => index % 251));
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmbridge-upload-'));
    path = join(folder, 'debian.iso');
    writeFileSync(path, content);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is a form with the length told, its plain fields first, the file whole', async () => {
    await using server = await NodeServer.start((_, response) => reply(response, 'UPID:x'));
    await using client = openClient([server.address]);
    const progress: Progress[] = [];
    const call = { signal: unaborted, progress: (update: Progress) => void progress.push(update) };
    await expect(client.upload(upload, { field: 'filename', path, name: 'debian 12 ä.iso' }, call)).resolves.toBe(
      'UPID:x',
    );
    const [asked] = server.asked;
    expect(asked?.target).toBe('/api2/json/nodes/pve1/storage/local/upload');
    expect(asked?.headers['transfer-encoding']).toBeUndefined();
    expect(asked?.headers['content-length']).toBe(String(asked?.body.length));
    const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(asked?.headers['content-type'] ?? '')?.[1];
    const parts = asked?.body.split(`--${boundary}`) ?? [];
    expect(parts).toHaveLength(4);
    expect(parts[1]).toBe('\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n');
    const [head = '', ...rest] = parts[2]?.split('\r\n\r\n') ?? [];
    expect(Buffer.from(head, 'latin1').toString()).toContain('name="filename"; filename="debian 12 ä.iso"');
    expect(Buffer.from(rest.join('\r\n\r\n').slice(0, -2), 'latin1').equals(content)).toBe(true);
    expect(parts[3]).toBe('--\r\n');
    const fractions = progress.map(({ fraction = 0 }) => fraction);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it('of nothing works, of no file does not', async () => {
    await using server = await NodeServer.start((_, response) => reply(response, null));
    await using client = openClient([server.address]);
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    const call = { signal: unaborted, progress: () => {} };
    await expect(client.upload(upload, { field: 'filename', path: empty, name: 'e' }, call)).resolves.toBeNull();
    const file = { field: 'filename', path: join(folder, 'none'), name: 'e' };
    expect(await faultOf(client.upload(upload, file, call))).toMatchObject({ code: 'not_found' });
    for (const name of ['a"; x="', 'a\r\nb', '']) {
      expect(await faultOf(client.upload(upload, { field: 'filename', path, name }, call))).toMatchObject({
        code: 'invalid',
      });
    }
    expect(server.asked).toHaveLength(1);
  });

  it('is cancelled at once, and never sent twice', async () => {
    await using server = await NodeServer.start(() => {});
    server.onHead = () => true;
    await using client = openClient([server.address]);
    const controller = new AbortController();
    const call = { signal: controller.signal, progress: () => controller.abort() };
    const fault = await faultOf(client.upload(upload, { field: 'filename', path, name: 'x.iso' }, call));
    expect(fault.code).toBe('cancelled');
    server.onHead = request => {
      request.socket.destroy();
      return true;
    };
    const broken = await faultOf(
      client.upload(upload, { field: 'filename', path, name: 'x.iso' }, { ...call, signal: unaborted }),
    );
    expect(broken.code).toBe('host_fault');
    expect(server.heads).toHaveLength(2);
  });
});

describe('a console', () => {
  const console = {
    method: 'GET',
    path: '/nodes/{node}/qemu/{vmid}/vncwebsocket',
    params: { node: 'pve1', vmid: 100, port: 5900, vncticket: 'PVEVNC:a+b/c==' },
  } as const;

  it('is a stream of bytes both ways', async () => {
    const { cert, key } = nodeCertificate('pve1');
    const server = createServer({ cert, key });
    const sockets = new WebSocketServer({ server });
    const asked: unknown[] = [];
    sockets.on('connection', (socket, request) => {
      asked.push(request.url, request.headers.authorization, socket.protocol);
      socket.send(Buffer.from('RFB 003.008\n'));
      socket.on('message', data => socket.send(data));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using client = openClient([`127.0.0.1:${(server.address() as AddressInfo).port}`]);
    const controller = new AbortController();
    const stream = await client.openWebSocket(console, { signal: controller.signal });
    let text = '';
    stream.on('data', (part: Buffer) => {
      text += part.toString();
    });
    stream.write('hello');
    await expect.poll(() => text).toBe('RFB 003.008\nhello');
    expect(asked).toEqual([
      '/api2/json/nodes/pve1/qemu/100/vncwebsocket?port=5900&vncticket=PVEVNC%3Aa%2Bb%2Fc%3D%3D',
      `PVEAPIToken=ci@pve!vmbridge=${tokenSecret}`,
      'binary',
    ]);
    const closed = new Promise(resolve => stream.once('close', resolve));
    controller.abort();
    await closed;
    const second = await client.openWebSocket(console, { signal: unaborted });
    const ended = once(second.resume(), 'end');
    for (const socket of sockets.clients) socket.close();
    await ended;
    sockets.close();
    server.closeAllConnections();
    server.close();
  });

  it('that is refused is a Fault', async () => {
    await using server = await NodeServer.start((_, response) => reply(response, null));
    const refuse = (status: string, body: string) =>
      server.server.removeAllListeners('upgrade').on('upgrade', (_, socket) => {
        socket.end(
          `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
      });
    await using client = openClient([server.address]);
    refuse('403 Permission check failed (/vms/100, VM.Console)', '');
    expect(await faultOf(client.openWebSocket(console, { signal: unaborted }))).toMatchObject({
      code: 'denied',
      data: { privileges: ['VM.Console'] },
    });
    refuse('401 No ticket', '');
    expect(await faultOf(client.openWebSocket(console, { signal: unaborted }))).toMatchObject({ code: 'denied' });
    refuse('200 OK', '{"data":{}}');
    expect(await faultOf(client.openWebSocket(console, { signal: unaborted }))).toMatchObject({ code: 'host_fault' });
    server.server.removeAllListeners('upgrade').on('upgrade', (_, socket) => socket.destroy());
    expect(await faultOf(client.openWebSocket(console, { signal: unaborted }))).toMatchObject({ code: 'unavailable' });
  });

  it('is judged by its certificate as all else', async () => {
    await using server = await NodeServer.start((_, response) => reply(response, null));
    await using client = openClient([server.address], {
      settings: { caFile: undefined, fingerprints: ['00'.repeat(32)] },
    });
    const fault = await faultOf(client.openWebSocket(console, { signal: unaborted }));
    expect(fault).toMatchObject({ code: 'denied', data: { reason: 'changed' } });
    expect(await faultOf(client.openWebSocket(console, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'cancelled',
    });
    expect(server.heads).toEqual([]);
  });
});
