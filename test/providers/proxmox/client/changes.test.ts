import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProxmoxClient } from '../../../../src/providers/proxmox/client/client.ts';
import { NodeServer, reply } from './support/node-server.ts';
import { faultOf, openClient, unaborted as signal } from './support/open-client.ts';

// What changes something is sent again only where certainly nothing of it has arrived.
describe('a change', () => {
  let server: NodeServer;
  let second: NodeServer;
  let client: ProxmoxClient & AsyncDisposable;
  const change = {
    method: 'POST',
    path: '/nodes/{node}/qemu/{vmid}/status/start',
    params: { node: 'pve1', vmid: 100 },
  } as const;
  const path = '/nodes/pve1/qemu/100/status/start';

  beforeAll(async () => {
    [server, second] = await Promise.all([NodeServer.start(answer), NodeServer.start(answer)]);
  });
  beforeEach(async () => {
    await client?.close();
    client = openClient([server.address, second.address], { settings: { timeoutSeconds: 1 } });
    for (const one of [server, second]) {
      Object.assign(one, { answer, onHead: undefined });
      one.heads.length = 0;
    }
  });
  afterAll(async () => {
    await client.close();
    await Promise.all([server.close(), second.close()]);
  });

  const answer: NodeServer['answer'] = (_, response) => reply(response, null);
  const arrived = () => server.count('POST') + second.count('POST');

  it.each<[what: string, onHead: NonNullable<NodeServer['onHead']>]>([
    [
      'reset as soon as its head is there',
      request => {
        server.reset(request);
        return true;
      },
    ],
    [
      'closed without a word',
      request => {
        request.socket.destroy();
        return true;
      },
    ],
    [
      'reset in the middle of the answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"data":', () => server.reset(request));
        return true;
      },
    ],
  ])('%s is not sent again, and told as uncertain', async (_, onHead) => {
    server.onHead = onHead;
    const fault = await faultOf(client.send(change, { signal }));
    expect(fault.code).toBe('host_fault');
    expect(fault.message).toBe(
      `The answer of ${server.address} to POST ${path} was lost: it may have been carried out.`,
    );
    expect(fault.data).toMatchObject({ host: 'lab', request: { method: 'POST', path }, mayHaveBeenCarriedOut: true });
    expect(fault.remedy).toMatch(/tasks/);
    expect(arrived()).toBe(1);
  });

  it('that gets no answer is not sent again', async () => {
    server.answer = () => {};
    const fault = await faultOf(client.send(change, { signal, timeoutMilliseconds: 200 }));
    expect(fault).toMatchObject({ code: 'timeout', data: { mayHaveBeenCarriedOut: true } });
    expect(fault.message).toMatch(/may have been carried out/);
    expect(arrived()).toBe(1);
  });

  it.each([
    [500, 'failed', false],
    [502, 'host_fault', true],
    [504, 'host_fault', true],
    [595, 'unavailable', false],
    [596, 'host_fault', true],
    [503, 'unavailable', false],
  ])('that is answered with %i is not sent again', async (status, code, doubtful) => {
    server.answer = (_, response) => reply(response, null, status, 'Connection refused');
    const fault = await faultOf(client.send(change, { signal }));
    expect(fault.code).toBe(code);
    expect(fault.data?.mayHaveBeenCarriedOut ?? false).toBe(doubtful);
    if (status !== 500) expect(fault.message).toMatch(/"pve1"/);
    expect(arrived()).toBe(1);
  });

  it('goes to the next node when the first refuses the connection', async () => {
    const gone = await NodeServer.start(answer);
    await gone.close();
    await using other = openClient([gone.address, second.address]);
    await expect(other.send(change, { signal })).resolves.toBeNull();
    expect(arrived()).toBe(1);
    await expect(other.send({ ...change, method: 'PUT' }, { signal })).resolves.toBeNull();
    expect(second.count('PUT')).toBe(1);
  });

  it('goes to the next node when the first has no certificate that is trusted', async () => {
    await using other = openClient(['localhost.invalid', second.address]);
    await expect(other.send(change, { signal })).resolves.toBeNull();
    expect(arrived()).toBe(1);
  });

  it('after a 401 is not sent again with the same token', async () => {
    server.answer = (_, response) => {
      response.statusMessage = 'no such token';
      response.writeHead(401).end();
    };
    const fault = await faultOf(client.send(change, { signal }));
    expect(fault).toMatchObject({
      code: 'denied',
      data: { who: 'ci@pve!vmbridge', status: 401, answer: 'no such token' },
    });
    expect(arrived()).toBe(1);
  });

  it('that is cancelled under way is told as uncertain', async () => {
    const controller = new AbortController();
    server.answer = () => controller.abort();
    const fault = await faultOf(client.send(change, { signal: controller.signal }));
    expect(fault).toMatchObject({ code: 'cancelled', data: { mayHaveBeenCarriedOut: true } });
    expect(arrived()).toBe(1);
  });

  it('that is cancelled before is never sent', async () => {
    const fault = await faultOf(client.send(change, { signal: AbortSignal.abort() }));
    expect(fault.code).toBe('cancelled');
    expect(arrived()).toBe(0);
  });

  it('is sent again when its caller says that it may be', async () => {
    server.onHead = request => {
      server.reset(request);
      return true;
    };
    await expect(client.send(change, { signal, repeatable: true })).resolves.toBeNull();
    expect([server.count('POST'), second.count('POST')]).toEqual([1, 1]);
  });

  it('does not meet a kept connection that the server has just given up', async () => {
    await client.send(change, { signal });
    server.server.closeIdleConnections();
    await new Promise(resolve => setTimeout(resolve, 30));
    await expect(client.send(change, { signal })).resolves.toBeNull();
    expect(server.count('POST')).toBe(2);
  });
});
