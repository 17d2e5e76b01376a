import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectNode } from '../../../../src/providers/proxmox/client/connect-node.ts';
import { exchange } from '../../../../src/providers/proxmox/client/exchange.ts';
import { parseNodeAddress } from '../../../../src/providers/proxmox/client/node-address.ts';
import { loadTrust } from '../../../../src/providers/proxmox/client/trust.ts';
import { openPool } from '../../../../src/providers/proxmox/client/undici-pool.ts';
import { type Answer, caFile, NodeServer, reply } from './support/node-server.ts';
import { faultOf, openClient, unaborted as signal, tokenSecret } from './support/open-client.ts';

const get = { method: 'GET', path: '/nodes' } as const;
const answerNodes: Answer = (_, response) => reply(response, [{ node: 'pve1' }]);

describe('a question', () => {
  it('is asked over kept connections, with the token', async () => {
    await using server = await NodeServer.start(answerNodes);
    await using client = openClient([server.address]);
    for (let count = 0; count < 20; count++) expect(await client.send(get, { signal })).toEqual([{ node: 'pve1' }]);
    // Now and then the next question comes before undici has put the connection back.
    expect(server.connections).toBeLessThanOrEqual(2);
    expect(server.asked[0]?.headers).toMatchObject({ authorization: `PVEAPIToken=ci@pve!vmbridge=${tokenSecret}` });
    expect(server.asked[0]?.headers.cookie).toBeUndefined();
  });

  it('takes the path that a proxy has before the API', async () => {
    await using server = await NodeServer.start(answerNodes);
    await using client = openClient([`https://${server.address}/pve`]);
    await client.send(get, { signal });
    expect(server.asked[0]?.target).toBe('/pve/api2/json/nodes');
  });

  it.each<[string, (server: NodeServer) => Answer]>([
    ['a reset', server => (_, __, request) => server.reset(request)],
    ['status 595', () => (_, response) => reply(response, null, 595, 'No route to host')],
    ['status 596', () => (_, response) => reply(response, null, 596, 'Connection timed out')],
    ['status 502', () => (_, response) => reply(response, null, 502)],
    ['status 503', () => (_, response) => reply(response, null, 503)],
    [
      'a status 500 of a broken connection',
      () => (_, response) => reply(response, new Error('Connection refused'), 500),
    ],
    [
      'half an answer',
      () => (_, response, request) => {
        response.writeHead(200, { 'content-length': 50 });
        response.write('{"data"', () => request.socket.destroy());
      },
    ],
  ])('is repeated after %s', async (_, makeAnswer) => {
    await using server = await NodeServer.start(answerNodes);
    let failures = 2;
    server.answer = (...all) => (failures-- > 0 ? makeAnswer(server)(...all) : answerNodes(...all));
    await using client = openClient([server.address]);
    await expect(client.send(get, { signal })).resolves.toEqual([{ node: 'pve1' }]);
    expect(server.asked).toHaveLength(3);
    failures = 1000;
    const fault = await faultOf(client.send(get, { signal }));
    expect(fault.code).toBe('unavailable');
    expect(server.asked).toHaveLength(6);
  });

  it('goes to another node when one stalls, once', async () => {
    await using stalled = await NodeServer.start(() => {});
    await using server = await NodeServer.start(answerNodes);
    await using client = openClient([stalled.address, server.address], { settings: { timeoutSeconds: 1 } });
    const begun = performance.now();
    await client.send(get, { signal, timeoutMilliseconds: 200 });
    expect(performance.now() - begun).toBeLessThan(1000);
    // The one that answered is remembered.
    await client.send(get, { signal });
    expect(stalled.asked).toHaveLength(1);
    expect(server.asked).toHaveLength(2);
    server.answer = () => {};
    const fault = await faultOf(client.send(get, { signal, timeoutMilliseconds: 100 }));
    expect(fault.code).toBe('timeout');
    expect(fault.data?.mayHaveBeenCarriedOut).toBeUndefined();
  });

  it('goes back to a node that failed, after a while', async () => {
    await using first = await NodeServer.start(answerNodes);
    await using second = await NodeServer.start(answerNodes);
    await using client = openClient([first.address, second.address], { timing: { rest: 150 } });
    first.answer = (_, __, request) => first.reset(request);
    await client.send(get, { signal });
    first.answer = answerNodes;
    second.answer = (_, __, request) => second.reset(request);
    await new Promise(resolve => setTimeout(resolve, 200));
    await client.send(get, { signal });
    expect(first.asked).toHaveLength(2);
  });

  it('tells which addresses can not be reached, and why', async () => {
    const gone = await NodeServer.start(answerNodes);
    await gone.close();
    await using client = openClient([gone.address, 'nowhere.invalid']);
    const fault = await faultOf(client.send(get, { signal }));
    expect(fault.code).toBe('unavailable');
    expect(fault.data?.addresses).toEqual([
      { address: gone.address, reason: 'ECONNREFUSED' },
      { address: 'nowhere.invalid:8006', reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) },
    ]);
    expect(fault.remedy).toMatch(/vmbridge host test lab/);
  });

  it('tells a connection that hangs from an answer that does not come', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    await using client = openClient([`127.0.0.1:${(silent.address() as AddressInfo).port}`], {
      timing: { connect: 100 },
    });
    const fault = await faultOf(client.send({ method: 'POST', path: '/nodes' }, { signal }));
    expect(fault).toMatchObject({ code: 'timeout', data: { addresses: [{ reason: 'TIMEOUT' }] } });
    expect(fault.data?.mayHaveBeenCarriedOut).toBeUndefined();
    silent.close();
  });

  it('that is cancelled between two attempts is told as cancelled', async () => {
    const answers: Answer[] = [
      (_, response) => reply(response, null, 595, 'No route to host'),
      (_, __, request) => request.socket.destroy(),
    ];
    for (const answer of answers) {
      await using server = await NodeServer.start(answer);
      await using client = openClient([server.address], { timing: { pauses: [5000] } });
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 80);
      expect((await faultOf(client.send(get, { signal: controller.signal }))).code).toBe('cancelled');
      expect(server.asked).toHaveLength(1);
    }
  });

  it('ends at once when it is cancelled, wherever it is', async () => {
    await using server = await NodeServer.start(() => {});
    await using client = openClient([server.address], { settings: { connections: 1 } });
    const [first, waiting] = [new AbortController(), new AbortController()];
    const [one, two] = [client.send(get, { signal: first.signal }), client.send(get, { signal: waiting.signal })];
    setTimeout(() => waiting.abort(), 50);
    setTimeout(() => first.abort(), 100);
    const begun = performance.now();
    expect((await faultOf(two)).code).toBe('cancelled');
    expect((await faultOf(one)).code).toBe('cancelled');
    expect(performance.now() - begun).toBeLessThan(500);
    expect(server.asked).toHaveLength(1);
    // Its place is free again.
    server.answer = answerNodes;
    await client.send(get, { signal });
  });

  it('is one of no more than were set at a time, and calls take turns', async () => {
    let [now, most] = [0, 0];
    const order: string[] = [];
    await using server = await NodeServer.start(async (asked, response) => {
      now += 1;
      most = Math.max(most, now);
      order.push(new URL(asked.target, 'https://x').searchParams.get('type') ?? '');
      await new Promise(resolve => setTimeout(resolve, 5));
      now -= 1;
      reply(response, null);
    });
    await using client = openClient([server.address], { settings: { connections: 3 } });
    const ask = (type: string, from: AbortSignal) =>
      client.send({ method: 'GET', path: '/cluster/resources', params: { type } }, { signal: from });
    const [greedy, modest] = [new AbortController().signal, new AbortController().signal];
    const many = Array.from({ length: 40 }, () => ask('many', greedy));
    await Promise.all([ask('few', modest), ask('few', modest), ...many]);
    expect(most).toBe(3);
    expect(order).toHaveLength(42);
    expect(order.lastIndexOf('few')).toBeLessThan(10);
  });

  it('whose answer is no JSON is told as that of a stranger', async () => {
    await using server = await NodeServer.start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Hello</title></html>');
    });
    await using client = openClient([server.address]);
    expect(await faultOf(client.send(get, { signal }))).toMatchObject({ code: 'host_fault' });
    server.answer = (_, response) => response.writeHead(302, { location: '/login' }).end();
    expect(await faultOf(client.send(get, { signal }))).toMatchObject({ code: 'host_fault', data: { status: 302 } });
  });

  it('takes no answer without end', async () => {
    await using server = await NodeServer.start((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const address = parseNodeAddress(server.address);
    const readSecret = async () => '';
    const host = { name: 'lab', provider: 'proxmox', addresses: [server.address], caFile: caFile() };
    const trust = await loadTrust(host, readSecret, signal);
    const connect = () => connectNode(address, { host: 'lab', trust, timeoutMilliseconds: 1000 });
    const pool = openPool(address, connect, 1_000_000);
    const outgoing = { method: 'GET', target: '/', headers: {}, body: undefined };
    await expect(exchange(pool, outgoing, { signal, timeoutMilliseconds: 2000 })).rejects.toMatchObject({
      code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    });
    await pool.destroy();
  });

  it('reads a document beside the API', async () => {
    await using server = await NodeServer.start((_, response) => response.end('const apiSchema = [];'));
    await using client = openClient([`https://${server.address}/pve`]);
    await expect(client.readDocument('/pve-docs/api-viewer/apidoc.js', { signal })).resolves.toBe(
      'const apiSchema = [];',
    );
    expect(server.heads).toEqual(['GET /pve/pve-docs/api-viewer/apidoc.js']);
    server.answer = (_, response) => response.writeHead(404).end();
    await faultOf(client.readDocument('/pve-docs/x', { signal }));
  });
});
