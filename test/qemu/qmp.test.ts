import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/errors/fault.ts';
import { serveVisitors } from '../../src/qemu/guest/serve-visitors.ts';
import { connectQmp } from '../../src/qemu/qmp/connect-qmp.ts';
import { MessageReader } from '../../src/qemu/qmp/message-reader.ts';
import type { QmpClient, QmpEvent } from '../../src/qemu/qmp/qmp-client.ts';

const split = (bytes: Buffer, cuts: number[]) => {
  const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end));
};

describe('the reader of messages', () => {
  test('finds the same messages however the bytes are cut', () => {
    const message = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(10_000)), fc.constantFrom('\n', '\r\n'), (messages, cuts, end) => {
        const bytes = Buffer.from(messages.map(one => JSON.stringify(one) + end).join(''));
        const reader = new MessageReader();
        const found = split(bytes, cuts).flatMap(chunk => reader.push(chunk));
        expect(JSON.stringify(found)).toBe(JSON.stringify(messages));
      }),
    );
  });

  test('answers anything else with a Fault', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), chunks => {
        const reader = new MessageReader(1000);
        try {
          for (const chunk of [...chunks, Buffer.from('\n')]) reader.push(Buffer.from(chunk));
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          expect(error).toMatchObject({ code: 'host_fault' });
        }
      }),
    );
  });

  test.each(['[1]', '"text"', '1', 'null', '{"a":', '{} {}'])('does not take %s for a message', line => {
    expect(() => new MessageReader().push(Buffer.from(`${line}\n`))).toThrow(Fault);
  });

  test('gives up on a line that never ends', () => {
    const reader = new MessageReader(1000);
    reader.push(Buffer.alloc(900, 0x20));
    expect(() => reader.push(Buffer.alloc(900, 0x20))).toThrow(/more than 1000 bytes/);
  });
});

describe('a client', () => {
  let folder: string;
  let server: Server;
  let path: string;
  /** What the server does with each command. */
  let reply: (command: { execute: string; id: string; arguments: unknown }, socket: Socket) => void;
  const open = (options = {}, signal?: AbortSignal) => connectQmp(path, { connectMs: 2000, ...options }, signal);
  const send = (socket: Socket, message: unknown) => socket.write(`${JSON.stringify(message)}\r\n`);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vmb-'));
    path = join(folder, 'qmp.sock');
    server = createServer(socket => {
      socket.on('error', () => {});
      send(socket, { QMP: { version: {}, capabilities: ['oob'] } });
      socket.on('data', chunk => {
        for (const line of chunk.toString().trim().split('\n')) {
          const command = JSON.parse(line);
          if (command.execute === 'qmp_capabilities') send(socket, { return: {}, id: command.id });
          else reply(command, socket);
        }
      });
    });
    await new Promise<void>(resolve => server.listen(path, resolve));
  });
  afterEach(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('gives each command its own reply, in whatever order they come', async () => {
    const waiting: { id: string; execute: string }[] = [];
    reply = (command, socket) => {
      waiting.unshift(command);
      if (waiting.length === 20) for (const { id, execute } of waiting) send(socket, { return: execute, id });
    };
    const client = await open();
    const names = Array.from({ length: 20 }, (_, at) => `command-${at}`);
    expect(await Promise.all(names.map(name => client.execute(name)))).toEqual(names);
    client.close();
  });

  test('tells events apart by name', async () => {
    reply = ({ id }, socket) => {
      send(socket, { event: 'RESET', data: { guest: true }, timestamp: { seconds: 1700000000, microseconds: 500000 } });
      send(socket, { event: 'STOP', timestamp: { seconds: -1, microseconds: -1 } });
      send(socket, { return: {}, id });
    };
    const client = await open();
    const all: QmpEvent[] = [];
    const resets: QmpEvent[] = [];
    client.on('*', event => all.push(event));
    const leave = client.on('RESET', event => resets.push(event));
    await client.execute('anything');
    leave();
    await client.execute('anything');
    expect(all.map(({ name }) => name)).toEqual(['RESET', 'STOP', 'RESET', 'STOP']);
    expect(resets).toEqual([{ name: 'RESET', data: { guest: true }, at: new Date(1700000000500) }]);
    expect(Math.abs(all[1]!.at.getTime() - Date.now())).toBeLessThan(5000);
    client.close();
  });

  test('turns a refusal into a Fault with the words of QEMU in its data', async () => {
    reply = ({ id, execute }, socket) => {
      const kind = execute === 'nosuch' ? 'CommandNotFound' : 'GenericError';
      send(socket, { error: { class: kind, desc: 'Device \u0007 in use' }, id });
    };
    const client = await open();
    await expect(client.execute('nosuch')).rejects.toMatchObject({ code: 'unsupported' });
    const refusal = await client.execute('device_del').catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'failed',
      data: { command: 'device_del', description: 'Device \u0007 in use' },
    });
    expect((refusal as Fault).message).not.toContain('in use');
    client.close();
  });

  test('gives up on a command after its time, and is not confused by the late reply', async () => {
    let late: (() => void) | undefined;
    reply = ({ id, execute }, socket) => {
      if (execute === 'slow') late = () => send(socket, { return: 'late', id });
      else send(socket, { return: execute, id });
    };
    const client = await open({ timeoutMs: 100 });
    await expect(client.execute('slow')).rejects.toMatchObject({ code: 'timeout' });
    late?.();
    expect(await client.execute('quick')).toBe('quick');
    client.close();
  });

  test('lets go of a cancelled command at once', async () => {
    reply = () => {};
    const client = await open();
    const controller = new AbortController();
    const command = client.execute('forever', {}, controller.signal);
    controller.abort();
    await expect(command).rejects.toMatchObject({ code: 'cancelled' });
    await expect(client.execute('forever', {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    client.close();
  });

  test('fails what is under way when the channel closes, with the reason it is given', async () => {
    reply = (_, socket) => socket.destroy();
    const explainLoss = async () => new Fault('host_fault', 'QEMU has ended.', { data: { stderr: 'last words' } });
    const client = await open({ explainLoss });
    const commands = await Promise.allSettled([client.execute('one'), client.execute('two')]);
    for (const outcome of [...commands, ...(await Promise.allSettled([client.execute('three')]))]) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'host_fault', data: { stderr: 'last words' } },
      });
    }
  });

  test.each(['garbage\n', '{"return":{},"id":7}\n[]\n', `{"x":"${'y'.repeat(17 * 1024 * 1024)}`])(
    'closes the channel on what is not QMP (%#)',
    async text => {
      reply = (_, socket) => socket.write(text);
      const client = await open();
      await expect(client.execute('anything')).rejects.toMatchObject({ code: 'host_fault' });
    },
  );

  test('waits for a server that is not there yet, but not for ever', async () => {
    const early = connectQmp(join(folder, 'later.sock'), { connectMs: 5000 });
    const later = await new Promise<Server>(resolve => {
      setTimeout(() => {
        const created = createServer(socket => {
          send(socket, { QMP: {} });
          socket.on('data', chunk => send(socket, { return: {}, id: JSON.parse(chunk.toString()).id }));
        }).listen(join(folder, 'later.sock'), () => resolve(created));
      }, 100);
    });
    (await early).close();
    later.close();
    await expect(connectQmp(join(folder, 'never.sock'), { connectMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    const signal = AbortSignal.timeout(50);
    await expect(connectQmp(join(folder, 'never.sock'), { connectMs: 60_000 }, signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    const hasEnded = () => true;
    await expect(
      connectQmp(join(folder, 'never.sock'), { connectMs: 60_000, hasEnded }, undefined),
    ).rejects.toMatchObject({ code: 'host_fault' });
  });

  test('can be shared with visitors where QEMU has only one channel', async () => {
    reply = ({ id, execute, arguments: args }, socket) => {
      if (execute === 'nosuch') send(socket, { error: { class: 'CommandNotFound', desc: 'no' }, id });
      else send(socket, { return: { execute, args }, id });
    };
    const owner = await open();
    const shared = join(folder, 'shared.sock');
    const relay = await serveVisitors(shared, owner);
    const visitors: QmpClient[] = await Promise.all([1, 2].map(() => connectQmp(shared, { connectMs: 1000 })));
    for (const visitor of visitors) {
      expect(await visitor.execute('query', { a: 1 })).toEqual({ execute: 'query', args: { a: 1 } });
      await expect(visitor.execute('nosuch')).rejects.toMatchObject({ code: 'unsupported' });
    }
    for (const visitor of visitors) visitor.close();
    relay.close();
    owner.close();
  });
});
