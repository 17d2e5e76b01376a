import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeServer } from './support/node-server.ts';
import { byPassword, type ClientOptions, faultOf, openClient, unaborted as signal } from './support/open-client.ts';
import { TicketDesk } from './support/ticket-desk.ts';

const get = { method: 'GET', path: '/nodes' } as const;
const change = { method: 'POST', path: '/pools', params: { poolid: 'x' } } as const;
const minutes = 60_000;

describe('a password', () => {
  let server: NodeServer;
  let desk: TicketDesk;
  let now: number;
  const closing: AsyncDisposable[] = [];

  beforeEach(async () => {
    desk = new TicketDesk();
    now = 1_750_000_000_000;
    desk.now = () => now;
    server = await NodeServer.start((...all) => desk.answer(...all));
    closing.push(server);
  });
  afterEach(async () => {
    for (const one of closing.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });

  const open = ({ settings, secrets }: ClientOptions = {}) => {
    const client = openClient([server.address], {
      settings: { ...byPassword, ...settings },
      secrets: { password: 'correct horse', ...secrets },
      timing: { now: () => now },
    });
    closing.push(client);
    return client;
  };

  it('is asked for a ticket once, for many questions at the same time; changes carry its token against forgery', async () => {
    const client = open();
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => client.send(get, { signal })),
      client.send(change, { signal }),
    ]);
    expect(answers.map(answer => (answer as { csrf: boolean }).csrf)).toEqual([...Array(6).fill(false), true]);
    expect(desk.logins).toEqual([{ username: 'root@pam', password: 'correct horse', 'new-format': '1' }]);
    expect(server.asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('works with a single connection', async () => {
    await open({ settings: { connections: 1 } }).send(get, { signal });
  });

  it('is not needed again while the ticket lasts, which is made anew by itself in time', async () => {
    const client = open();
    await client.send(get, { signal });
    now += 104 * minutes;
    await client.send(get, { signal });
    expect(desk.logins).toHaveLength(1);
    now += 2 * minutes;
    await client.send(get, { signal });
    expect(desk.logins).toHaveLength(2);
    expect(desk.logins[1]?.password).toMatch(/^PVE:root@pam:1:/);
    now += 60 * minutes;
    await client.send(get, { signal });
    expect(desk.logins).toHaveLength(2);
  });

  it('is used when the old ticket gets no new one, or is too old', async () => {
    const client = open();
    await client.send(get, { signal });
    desk.renews = false;
    now += 110 * minutes;
    await client.send(get, { signal });
    expect(desk.logins.map(({ password }) => password?.slice(0, 4))).toEqual(['corr', 'PVE:', 'corr']);
    now += 130 * minutes;
    await client.send(get, { signal });
    expect(desk.logins).toHaveLength(4);
  });

  it('is used once more when a ticket is lost, and the question or change asked again', async () => {
    const client = open();
    await client.send(get, { signal });
    desk.expireAll();
    await client.send(change, { signal });
    expect(desk.logins).toHaveLength(2);
    // The first was refused, and so was not carried out.
    expect(server.count('POST', '/pools')).toBe(2);
    desk.expireAll();
    const many = await Promise.all(Array.from({ length: 5 }, () => client.send(get, { signal })));
    expect(many).toHaveLength(5);
    expect(desk.logins).toHaveLength(3);
  });

  it('that does not help a refused ticket is not tried forever', async () => {
    const client = open();
    desk.expireAll();
    const answer = desk.answer;
    server.answer = (asked, response, request) => {
      if (!asked.target.endsWith('/ticket')) desk.expireAll();
      return answer(asked, response, request);
    };
    const fault = await faultOf(client.send(get, { signal }));
    expect(fault).toMatchObject({ code: 'denied', data: { who: 'root@pam', status: 401 } });
    expect(server.count('GET')).toBe(2);
  });

  it('that is wrong is told, and not tried again at once', async () => {
    const client = open({ secrets: { password: 'wrong' } });
    const fault = await faultOf(client.send(get, { signal }));
    expect(fault.code).toBe('denied');
    expect(fault.message).toBe('The host "lab" does not accept the password of root@pam.');
    expect(fault.remedy).toContain('vmbridge credential set password');
    await Promise.all(Array.from({ length: 5 }, () => faultOf(client.send(get, { signal }))));
    expect(desk.logins).toHaveLength(1);
    now += 11_000;
    await faultOf(client.send(get, { signal }));
    expect(desk.logins).toHaveLength(2);
  });

  it('is followed by a code where the account has a second factor', async () => {
    desk.totpKey = Buffer.from('12345678901234567890');
    const client = open({
      settings: { totp: 'second' },
      secrets: { second: 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ' },
    });
    await client.send(get, { signal });
    expect(desk.logins).toHaveLength(2);
    expect(desk.logins[1]).toEqual({
      username: 'root@pam',
      password: expect.stringMatching(/^totp:\d{6}$/),
      'tfa-challenge': expect.stringMatching(/^PVE:!tfa!/),
    });
    // A renewal needs none.
    now += 106 * minutes;
    await client.send(get, { signal });
    expect(desk.codes).toHaveLength(1);
  });

  it('is never followed by the same code twice', async () => {
    desk.totpKey = Buffer.from('12345678901234567890');
    // The period has 60 ms left.
    const start = Math.ceil(now / 30_000) * 30_000 - 60;
    const begun = performance.now();
    const clock = () => start + (performance.now() - begun);
    desk.now = clock;
    const client = openClient([server.address], {
      settings: { ...byPassword, totp: 'second' },
      secrets: { password: 'correct horse', second: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' },
      timing: { now: clock },
    });
    closing.push(client);
    await client.send(get, { signal });
    desk.expireAll();
    await client.send(get, { signal });
    expect(new Set(desk.codes).size).toBe(2);
    expect(desk.logins).toHaveLength(4);
  });

  it('tells a second factor that is missing from one that is wrong', async () => {
    desk.totpKey = Buffer.from('12345678901234567890');
    const without = await faultOf(open().send(get, { signal }));
    expect(without).toMatchObject({ code: 'denied', data: { field: 'totp' } });
    const settings = { totp: 'second' };
    const wrong = await faultOf(open({ settings, secrets: { second: 'MZXW6YTBOI' } }).send(get, { signal }));
    expect(wrong).toMatchObject({ code: 'denied', data: { reason: 'totp' } });
    expect(wrong.remedy).toContain('vmbridge credential set second');
    const none = await faultOf(open({ settings, secrets: { second: '018' } }).send(get, { signal }));
    expect(none).toMatchObject({ code: 'invalid', data: { field: 'totp' } });
  });

  it('or token that is not kept is told as the store tells it', async () => {
    const client = openClient([server.address], { settings: { credential: 'nowhere' } });
    closing.push(client);
    expect(await faultOf(client.send(get, { signal }))).toMatchObject({ code: 'not_found' });
    expect(() => openClient([server.address], { settings: { credential: undefined } })).toThrow(
      expect.objectContaining({ code: 'invalid', data: { field: 'credential' } }),
    );
    expect(() => openClient([server.address], { settings: { user: undefined } })).toThrow(
      expect.objectContaining({ code: 'invalid', data: { field: 'user' } }),
    );
    expect(() => openClient([server.address], { settings: { user: 'a\r\nb' } })).toThrow(/user/);
  });
});
