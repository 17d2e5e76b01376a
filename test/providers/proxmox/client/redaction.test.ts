import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/errors/fault.ts';
import { type Answer, NodeServer, reply } from './support/node-server.ts';
import { byPassword, faultOf, openClient, unaborted as signal, tokenSecret } from './support/open-client.ts';
import { TicketDesk } from './support/ticket-desk.ts';

const get = { method: 'GET', path: '/nodes' } as const;
const change = { method: 'POST', path: '/pools', params: { poolid: 'x', comment: 'parameter-secret-value' } } as const;

/** All that could be printed of an error, whoever prints it. */
function writeAll(error: Fault): string {
  const causes: unknown[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) causes.push(one.message, one.stack, { ...one });
  return inspect(causes, { depth: 10, maxStringLength: null }) + JSON.stringify(error.data) + error.remedy;
}

// A proxy that prints what it was sent, as some do.
const echo =
  (status: number): Answer =>
  ({ headers, body }, response) => {
    const said = JSON.stringify({ headers, body });
    response.statusMessage = said.replace(/[^\x20-\x7e]/g, '').slice(0, 2000);
    response.writeHead(status, { 'content-type': 'text/html' }).end(`<html>${said}</html>`);
  };

describe('a secret', () => {
  let server: NodeServer;
  beforeAll(async () => {
    server = await NodeServer.start(echo(500));
  });
  afterAll(() => server.close());

  const failures: Answer[] = [
    ...[302, 400, 401, 403, 404, 500, 502, 595, 596].map(echo),
    (_, __, request) => request.socket.destroy(),
  ];

  it('of a token is in no error', async () => {
    await using client = openClient([server.address]);
    for (const failure of failures) {
      server.answer = failure;
      for (const request of [get, change]) {
        const text = writeAll(await faultOf(client.send(request, { signal })));
        expect(text).not.toContain(tokenSecret);
      }
    }
  });

  it('of a login is in no error: password, second factor, code, ticket, token against forgery', async () => {
    const desk = new TicketDesk();
    desk.totpKey = Buffer.from('12345678901234567890');
    const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const sent = new Set<string>();
    // Each request comes in another period: nothing waits for the next code.
    let now = 1_750_000_000_000;
    desk.now = () => now;
    for (const failure of failures) {
      for (const failsAt of [0, 1, 2, 3]) {
        let count = 0;
        desk.codes.length = 0;
        server.answer = (asked, response, request) => {
          now += 31_000;
          for (const word of [
            asked.headers.cookie,
            asked.headers.csrfpreventiontoken,
            ...new URLSearchParams(asked.body).values(),
          ]) {
            if (word !== undefined && String(word).length > 5)
              sent.add(String(word).replace(/^PVEAuthCookie=|^totp:/, ''));
          }
          return (count++ === failsAt ? failure : desk.answer)(asked, response, request);
        };
        await using client = openClient([server.address], {
          settings: { ...byPassword, totp: 'second' },
          secrets: { password: desk.password, second: seed },
          timing: { pauses: [], now: () => now },
        });
        const error = await client.send(change, { signal }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (!(error instanceof Fault)) continue;
        const text = writeAll(error);
        expect(text).not.toContain(seed);
        for (const word of sent)
          if (word !== 'root@pam' && word !== 'parameter-secret-value') expect(text).not.toContain(word);
      }
    }
    expect(sent.size).toBeGreaterThan(5);
  });

  it('among the parameters is in no error of a broken line', async () => {
    await using client = openClient([server.address]);
    server.answer = (_, __, request) => request.socket.destroy();
    expect(writeAll(await faultOf(client.send(change, { signal })))).not.toContain('parameter-secret-value');
    server.answer = (_, response) => reply(response, null, 596);
    expect(writeAll(await faultOf(client.send(change, { signal })))).not.toContain('parameter-secret-value');
  });
});
