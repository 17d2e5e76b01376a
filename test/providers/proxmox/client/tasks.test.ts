import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../../../src/model/call.ts';
import { NodeServer, reply } from './support/node-server.ts';
import { byPassword, faultOf, openClient, unaborted } from './support/open-client.ts';
import { TaskDesk, upid } from './support/task-desk.ts';
import { TicketDesk } from './support/ticket-desk.ts';

const start = { method: 'POST', path: '/nodes/{node}/vzdump', params: { node: 'pve2', vmid: 100 } } as const;
const what = 'The backup';

describe('a task', () => {
  let server: NodeServer;
  let desk: TaskDesk;
  let progress: Progress[];

  beforeEach(async () => {
    desk = new TaskDesk();
    progress = [];
    server = await NodeServer.start(desk.answer);
  });
  afterEach(() => server.close());

  const call = (signal = unaborted) => ({ signal, progress: (update: Progress) => void progress.push(update) });

  it('is followed to its end, its lines told once each, its fraction never going down', async () => {
    const steps = [
      'INFO: starting',
      'INFO:  40% (4 GiB of 10 GiB) in 3s',
      'INFO:   0% (0 B of 1 GiB) in 1s',
      'INFO: 100% (1 GiB of 1 GiB)',
    ];
    desk.onLook = count => {
      const line = steps[count - 2];
      if (line !== undefined) desk.lines.push(line);
      if (count === 7) {
        desk.lines.push('TASK OK');
        desk.end();
      }
    };
    await using client = openClient([server.address]);
    const end = await client.runTask(start, call(), { what });
    expect(end).toEqual({ upid, exitStatus: 'OK', warnings: 0, log: [...steps, 'TASK OK'] });
    expect(progress.map(({ message }) => message)).toEqual([...steps, 'TASK OK']);
    expect(progress.map(({ fraction }) => fraction)).toEqual([undefined, 0.4, 0.4, 1, 1]);
    expect(server.count('POST')).toBe(1);
  });

  it('whose log is long is read in pieces', async () => {
    desk.lines.push(...Array.from({ length: 1203 }, (_, index) => `line ${index}`));
    desk.end();
    await using client = openClient([server.address]);
    const { log } = await client.followTask(upid, call(), { what });
    expect(progress).toHaveLength(1203);
    expect(log.at(-1)).toBe('line 1202');
    expect(log).toHaveLength(30);
  });

  it('with warnings has succeeded', async () => {
    desk.end('WARNINGS: 2');
    await using client = openClient([server.address]);
    await expect(client.runTask(start, call(), { what })).resolves.toMatchObject({
      exitStatus: 'WARNINGS: 2',
      warnings: 2,
    });
  });

  it('that failed is told with its last lines; foreign text stays data', async () => {
    desk.lines.push('INFO: begins', 'ERROR: \u001b[31mno space left on device');
    desk.end('no space left on device\u0007');
    await using client = openClient([server.address]);
    const fault = await faultOf(client.runTask(start, call(), { what }));
    expect(fault).toMatchObject({ code: 'failed', message: 'The backup failed.' });
    expect(fault.data).toMatchObject({
      upid,
      node: 'pve2',
      exitStatus: 'no space left on device\\x07',
      log: ['INFO: begins', 'ERROR: \\x1b[31mno space left on device'],
    });
  });

  it('that found a lock is told as busy', async () => {
    desk.end("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout");
    await using client = openClient([server.address]);
    expect((await faultOf(client.runTask(start, call(), { what }))).code).toBe('busy');
    desk.end('VM quit/powerdown failed - got timeout');
    expect((await faultOf(client.runTask(start, call(), { what }))).code).toBe('failed');
  });

  it('that the host did at once has ended', async () => {
    server.answer = (_, response) => reply(response, null);
    await using client = openClient([server.address]);
    await expect(client.runTask(start, call(), { what })).resolves.toMatchObject({ upid: '', exitStatus: 'OK' });
  });

  it('is stopped when the call is cancelled, and has ended before that is told', async () => {
    const controller = new AbortController();
    desk.onLook = count => count === 2 && controller.abort();
    let ended = false;
    desk.onStop = () =>
      setTimeout(() => {
        ended = true;
        desk.end('interrupted by signal');
      }, 60);
    await using client = openClient([server.address]);
    const fault = await faultOf(client.runTask(start, call(controller.signal), { what }));
    expect(ended).toBe(true);
    expect(desk.stopped).toBe(1);
    expect(fault).toMatchObject({ code: 'cancelled', message: 'The backup was cancelled.' });
    expect(fault.data).toMatchObject({ upid, exitStatus: 'interrupted by signal' });
  });

  it('that does not stop is told as such, in time', async () => {
    const controller = new AbortController();
    desk.onLook = count => count === 2 && controller.abort();
    desk.onStop = () => {};
    await using client = openClient([server.address], { timing: { stopTask: 150 } });
    const fault = await faultOf(client.runTask(start, call(controller.signal), { what }));
    expect(fault).toMatchObject({ code: 'cancelled', data: { upid, mayStillRun: true } });
    expect(fault.remedy).toContain(upid);
  });

  it('that begins while the call is cancelled is stopped too', async () => {
    const controller = new AbortController();
    const { answer } = desk;
    server.answer = (asked, response, request) => {
      if (asked.method !== 'POST') return answer(asked, response, request);
      controller.abort();
      return setTimeout(() => answer(asked, response, request), 50);
    };
    await using client = openClient([server.address]);
    const fault = await faultOf(client.runTask(start, call(controller.signal), { what }));
    expect(fault.code).toBe('cancelled');
    expect(desk.stopped).toBe(1);
    await faultOf(client.runTask(start, call(AbortSignal.abort()), { what }));
    expect(server.count('POST')).toBe(1);
  });

  it('goes on for whoever waits no longer', async () => {
    await using client = openClient([server.address]);
    const fault = await faultOf(client.runTask(start, call(), { what, timeoutMilliseconds: 60 }));
    expect(fault).toMatchObject({ code: 'timeout', data: { upid, node: 'pve2' } });
    expect(desk.stopped).toBe(0);
  });

  it('is followed through the loss of the ticket', async () => {
    const tickets = new TicketDesk();
    const { answer } = desk;
    desk.onLook = count => {
      if (count === 2) tickets.expireAll();
      if (count === 4) desk.end();
    };
    server.answer = (asked, response, request) => {
      return (tickets.admits(asked) ? answer : tickets.answer)(asked, response, request);
    };
    await using client = openClient([server.address], {
      settings: byPassword,
      secrets: { password: tickets.password },
    });
    await client.runTask(start, call(), { what });
    expect(tickets.logins).toHaveLength(2);
    expect(server.count('POST', '/nodes')).toBe(1);
  });

  it('is followed through another node when one dies', async () => {
    await using second = await NodeServer.start(desk.answer);
    desk.onLook = count => {
      if (count === 3) setImmediate(() => server.pull());
      if (count === 6) desk.end();
    };
    await using client = openClient([server.address, second.address]);
    await expect(client.runTask(start, call(), { what })).resolves.toMatchObject({ exitStatus: 'OK' });
    expect(second.asked.length).toBeGreaterThan(0);
    expect(server.count('POST') + second.count('POST')).toBe(1);
  });

  it('is followed through another node when one stalls', async () => {
    await using second = await NodeServer.start(desk.answer);
    const { answer } = desk;
    server.answer = (asked, response, request) => {
      if (asked.method === 'POST' || desk.looks < 2) return answer(asked, response, request);
      return desk.end();
    };
    await using client = openClient([server.address, second.address], { settings: { timeoutSeconds: 1 } });
    await expect(client.runTask(start, call(), { what })).resolves.toMatchObject({ exitStatus: 'OK' });
    expect(second.asked.length).toBeGreaterThan(0);
    expect(server.count('POST') + second.count('POST')).toBe(1);
  });

  it('is followed through a few answers that tell of broken lines', async () => {
    const { answer } = desk;
    let broken = 0;
    server.answer = (asked, response, request) => {
      if (asked.method === 'GET' && broken++ < 8) return reply(response, null, 596, 'Connection timed out');
      desk.end();
      return answer(asked, response, request);
    };
    await using client = openClient([server.address]);
    await expect(client.runTask(start, call(), { what })).resolves.toMatchObject({ exitStatus: 'OK' });
    expect(server.count('POST')).toBe(1);
  });

  it('whose own node is gone has an end that nobody knows', async () => {
    const { answer } = desk;
    server.answer = (asked, response, request) =>
      asked.method === 'GET' ? reply(response, null, 595, 'No route to host') : answer(asked, response, request);
    await using client = openClient([server.address]);
    const fault = await faultOf(client.runTask(start, call(), { what }));
    expect(fault.code).toBe('host_fault');
    expect(fault.message).toBe('The backup was begun, but how it ended is unknown: its node "pve2" does not tell.');
    expect(fault.data).toMatchObject({ host: 'lab', node: 'pve2', upid, mayHaveBeenCarriedOut: true });
    expect(server.count('POST')).toBe(1);
  });

  it('is refused when it is no id of one', async () => {
    await using client = openClient([server.address]);
    expect(await faultOf(client.followTask('UPID:../x', call(), { what }))).toMatchObject({ code: 'invalid' });
    expect(server.heads).toEqual([]);
  });
});
