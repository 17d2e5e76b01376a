import { describe, expect, it } from 'vitest';
import { pretendImage } from './support/pretend-image.ts';
import { cmd, encodeRequest, type RawClient } from './support/raw-client.ts';
import { until, useServer } from './support/serve.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const size = 48 * mebibyte;
const { serve, connect } = useServer();
const image = () => pretendImage([{ kind: 'file', length: size }]);
const wait = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds));

function askFor(client: RawClient, count: number, length: number): void {
  client.send(...Array.from({ length: count }, (_, handle) => encodeRequest(cmd.read, handle, handle * 512, length)));
}

/** Takes simple replies of `length` bytes each. */
async function takeReplies(client: RawClient, count: number, length: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const header = await client.take(16);
    expect(header.readUInt32BE(4)).toBe(0);
    await client.take(length);
  }
}

describe('memory', () => {
  it('is limited for a client that asks for more than it reads, and others go on meanwhile', async () => {
    const server = await serve(image(), { limits: { connectionBytes: 2 * mebibyte, totalBytes: 3 * mebibyte } });
    const greedy = [connect(server), connect(server), connect(server)];
    for (const client of greedy) {
      await client.enter('', { structured: false });
      client.socket.pause();
      askFor(client, 2000, 256 * kibibyte);
    }
    await wait(200);
    expect(server.heldBytes).toBeGreaterThan(2 * mebibyte);
    expect(server.heldBytes).toBeLessThan(4 * mebibyte);
    const modest = connect(server);
    await modest.enter('', { structured: false });
    for (let round = 0; round < 50; round++) {
      askFor(modest, 1, 200_000);
      await takeReplies(modest, 1, 200_000);
    }
    // Whoever reads after all gets all of it.
    greedy[0]?.socket.resume();
    await takeReplies(greedy[0] as RawClient, 40, 256 * kibibyte);
    for (const { socket } of greedy) socket.destroy();
    await until(() => server.heldBytes === 0);
  });

  it('is enough for one large request, also where it is more than a connection may have', async () => {
    const server = await serve(image(), { limits: { connectionBytes: mebibyte, totalBytes: 4 * mebibyte } });
    const client = connect(server);
    await client.enter('', { structured: false });
    askFor(client, 3, 32 * mebibyte);
    await takeReplies(client, 3, 32 * mebibyte);
    await until(() => server.heldBytes === 0);
  });

  it('is not held by requests of which nothing is read', async () => {
    const server = await serve(pretendImage([{ kind: 'zero', length: 2 ** 40 }]));
    const client = connect(server);
    await client.enter();
    client.socket.pause();
    const requests = Buffer.concat(
      Array.from({ length: 12_000 }, (_, handle) => encodeRequest(cmd.read, handle, 0, 4096)),
    );
    client.socket.write(requests);
    client.socket.write(requests);
    await wait(300);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    client.socket.resume();
    for (let count = 0; count < 24_000; count++) expect((await client.takeChunk()).type).toBe(2);
  });
});

describe('a client that', () => {
  it('takes nothing is dropped after a while, but not one that takes a little', async () => {
    const server = await serve(image(), { limits: { stallMs: 200 } });
    const stalled = connect(server);
    const slow = connect(server);
    for (const client of [stalled, slow]) {
      await client.enter('', { structured: false });
      client.socket.pause();
      askFor(client, 100, 256 * kibibyte);
    }
    for (let round = 0; round < 20; round++) {
      slow.socket.resume();
      await wait(5);
      slow.socket.pause();
      await wait(20);
    }
    expect(slow.socket.closed).toBe(false);
    stalled.socket.resume();
    await stalled.closed;
    slow.socket.destroy();
    await until(() => server.heldBytes === 0);
  });

  it('vanishes in the middle of reads and requests leaves nothing', async () => {
    let release = () => {};
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const server = await serve(pretendImage([{ kind: 'file', length: size }], { beforeRead: () => gate }));
    for (let round = 0; round < 10; round++) {
      const client = connect(server);
      await client.enter('', { structured: round % 2 === 0 });
      askFor(client, 20, 300_000);
      client.send(encodeRequest(cmd.write, 1, 0, 1000), Buffer.alloc(17));
      await wait(10);
      client.socket.destroy();
    }
    expect(server.heldBytes).toBeGreaterThan(0);
    release();
    await until(() => server.heldBytes === 0);
    expect(server.faults).toEqual([]);
  });

  it('sends garbage is dropped alone', async () => {
    const server = await serve(image());
    const good = connect(server);
    await good.enter();
    const bad = connect(server);
    await bad.enter();
    bad.send(encodeRequest(cmd.read, 1, 0, 512), Buffer.alloc(64, 0xee));
    await bad.closed;
    expect((await good.request(cmd.read, 0, 512)).error).toBe(0);
  });

  it.each([
    ['says so', (client: RawClient) => client.send(encodeRequest(cmd.disconnect, 0, 0, 0))],
    ['closes its side', (client: RawClient) => void client.socket.end()],
  ])('wants no more and %s still gets what it asked for', async (_, leave) => {
    const server = await serve(image());
    const client = connect(server);
    await client.enter('', { structured: false });
    askFor(client, 30, 300_000);
    leave(client);
    await takeReplies(client, 30, 300_000);
    await client.closed;
    await until(() => server.heldBytes === 0);
  });
});

it('closing breaks all connections, and waits for no client', async () => {
  const opened = image();
  const server = await serve(opened);
  const reading = connect(server);
  const stuck = connect(server);
  for (const client of [reading, stuck]) await client.enter('', { structured: false });
  stuck.socket.pause();
  askFor(stuck, 500, 300_000);
  askFor(reading, 500, 300_000);
  connect(server);
  await wait(20);
  await Promise.all([server.close(), server.close()]);
  await reading.closed;
  await until(() => server.heldBytes === 0);
});
