import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Handshake } from '../../../src/disk/nbd/handshake.ts';
import { InputBytes } from '../../../src/disk/nbd/input-bytes.ts';
import { pretendImage } from './support/pretend-image.ts';
import { encodeContexts, encodeGo, encodeOption, encodeString, opt, RawClient, rep } from './support/raw-client.ts';
import { until, useServer } from './support/serve.ts';

const mebibyte = 1024 * 1024;
const image = () => pretendImage([{ kind: 'file', length: mebibyte }]);
const { serve, connect } = useServer();
const name = '0123456789abcdef0123456789abcdef';
const types = (replies: readonly { type: number }[]) => replies.map(({ type }) => type);

describe('the handshake', () => {
  it('tells of the export what is asked for', async () => {
    const client = connect(await serve(image()));
    await client.greet();
    const replies = await client.ask(opt.info, encodeGo('', [0, 1, 2, 3, 99]));
    expect(types(replies)).toEqual([rep.info, rep.info, rep.info, rep.info, rep.ack]);
    const [facts, ownName, description, sizes] = replies.map(({ data }) => data);
    expect(facts?.readBigUInt64BE(2)).toBe(BigInt(mebibyte));
    // Has flags, is read-only, can serve many connections; chunks can only be asked to stay whole once there are any.
    expect(facts?.readUInt16BE(10)).toBe(0x103);
    expect(ownName?.toString('latin1', 2)).toBe('');
    expect(description?.toString('latin1', 2)).toBe('pretended.img (raw, read-only)');
    expect([2, 6, 10].map(at => sizes?.readUInt32BE(at))).toEqual([1, 4096, 32 * mebibyte]);
    await client.ask(opt.structured);
    const [after] = await client.ask(opt.go, encodeGo(''));
    expect(after?.data.readUInt16BE(10)).toBe(0x183);
  });

  it.each([
    ['with', 1, 134],
    ['without', 3, 10],
  ])('lets a client in that knows only EXPORT_NAME, %s zeroes', async (_, flags, length) => {
    const client = connect(await serve(image()));
    await client.greet(flags);
    client.send(encodeOption(opt.exportName));
    const reply = await client.take(length);
    expect([reply.readBigUInt64BE(), reply.readUInt16BE(8)]).toEqual([BigInt(mebibyte), 0x103]);
  });

  it('lists the export, refuses TLS and options that it does not know, and goes on', async () => {
    const client = connect(await serve(image()));
    await client.greet();
    expect(await client.ask(opt.list)).toMatchObject([{ type: rep.server, data: Buffer.alloc(4) }, { type: rep.ack }]);
    expect(types(await client.ask(opt.list, Buffer.from('x')))).toEqual([rep.invalid]);
    expect(types(await client.ask(opt.startTls))).toEqual([rep.unsupported]);
    expect(types(await client.ask(4242, Buffer.from('whatever')))).toEqual([rep.unsupported]);
    expect(types(await client.ask(opt.structured, Buffer.from('x')))).toEqual([rep.invalid]);
    expect(types(await client.ask(opt.go, encodeGo('other')))).toEqual([rep.unknown]);
    expect(types(await client.ask(opt.abort))).toEqual([rep.ack]);
    await client.closed;
  });

  it('knows one context, once structured replies are agreed', async () => {
    const client = connect(await serve(image()));
    await client.greet();
    expect(types(await client.ask(opt.setMeta, encodeContexts('', ['base:allocation'])))).toEqual([rep.invalid]);
    await client.ask(opt.structured);
    const context = (id: number) => Buffer.concat([Buffer.from([0, 0, 0, id]), Buffer.from('base:allocation')]);
    for (const queries of [[], ['base:'], ['qemu:dirty', 'base:allocation', 'base:allocation']]) {
      expect(await client.ask(opt.listMeta, encodeContexts('', queries))).toMatchObject([
        { type: rep.meta, data: context(0) },
        { type: rep.ack },
      ]);
    }
    expect(types(await client.ask(opt.listMeta, encodeContexts('', ['qemu:'])))).toEqual([rep.ack]);
    expect(types(await client.ask(opt.setMeta, encodeContexts('', ['base:'])))).toEqual([rep.ack]);
    expect(await client.ask(opt.setMeta, encodeContexts('', ['base:allocation']))).toMatchObject([
      { type: rep.meta, data: context(1) },
      { type: rep.ack },
    ]);
    expect(types(await client.ask(opt.setMeta, encodeContexts('other', [])))).toEqual([rep.unknown]);
  });

  it('refuses what is malformed or too long without losing its place', async () => {
    const client = connect(await serve(image()));
    await client.greet();
    await client.ask(opt.structured);
    const malformed = [
      [opt.go, Buffer.alloc(0)],
      [opt.go, Buffer.from('ffffffff', 'hex')],
      [opt.info, Buffer.concat([encodeString(''), Buffer.from('0002 0000'.replace(' ', ''), 'hex')])],
      [opt.info, Buffer.concat([encodeGo(''), Buffer.from('x')])],
      [opt.setMeta, encodeContexts('', ['x']).subarray(0, -1)],
      [opt.setMeta, Buffer.concat([encodeString(''), Buffer.from('ffffffff', 'hex')])],
      [opt.listMeta, Buffer.concat([encodeContexts('', []), Buffer.from('more')])],
    ] as const;
    for (const [option, data] of malformed) expect(types(await client.ask(option, data))).toEqual([rep.invalid]);
    expect(types(await client.ask(opt.go, Buffer.alloc(200_000, 65)))).toEqual([rep.tooBig]);
    expect(types(await client.ask(opt.go, encodeGo('')))).toEqual([rep.info, rep.ack]);
  });

  it.each([
    ['flags that nobody defined', Buffer.from('00000007', 'hex')],
    ['an option without its magic', Buffer.concat([Buffer.from('00000003', 'hex'), Buffer.alloc(16)])],
    [
      'a name that is not the export',
      Buffer.concat([Buffer.from('00000003', 'hex'), encodeOption(1, Buffer.from('x'))]),
    ],
    ['an endless name', Buffer.concat([Buffer.from('00000003', 'hex'), encodeOption(1, Buffer.alloc(20_000))])],
  ])('ends the connection at %s', async (_, bytes) => {
    const client = connect(await serve(image()));
    client.send(bytes);
    await client.closed;
  });

  it('waits no longer than it has to for a client that says nothing, or half of something', async () => {
    const server = await serve(image(), { limits: { handshakeMs: 150 } });
    const silent = connect(server);
    const half = connect(server);
    half.send(Buffer.from('00000003', 'hex'), encodeOption(opt.go, encodeGo('')).subarray(0, 9));
    const busy = connect(server);
    await busy.enter();
    await Promise.all([silent.closed, half.closed]);
    busy.send(Buffer.alloc(5));
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(busy.socket.closed).toBe(false);
  });

  it('does not collect replies for a client that only asks', async () => {
    const client = connect(await serve(image()));
    await client.greet();
    client.socket.pause();
    const flood = Buffer.concat(Array.from({ length: 40_000 }, () => encodeOption(999)));
    let taken = false;
    client.socket.write(flood, () => {
      taken = true;
    });
    client.socket.write(flood);
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(taken).toBe(false);
  });
});

describe('on the loopback device', () => {
  const address = { kind: 'inet', name } as const;

  it('only a client that knows the name gets in, and none is told it', async () => {
    const server = await serve(image(), { address });
    expect(server).toMatchObject({ name, address: { kind: 'inet', host: '127.0.0.1' } });
    const client = connect(server);
    await client.greet();
    expect(types(await client.ask(opt.list))).toEqual([rep.policy]);
    await client.ask(opt.structured);
    for (const wrong of ['', name.slice(1), `${name}0`, name.replace('f', 'e'), 'x'.repeat(4096)]) {
      expect(types(await client.ask(opt.info, encodeGo(wrong)))).toEqual([rep.unknown]);
      expect(types(await client.ask(opt.go, encodeGo(wrong, [1])))).toEqual([rep.unknown]);
      expect(types(await client.ask(opt.setMeta, encodeContexts(wrong, [])))).toEqual([rep.unknown]);
    }
    expect(types(await client.ask(opt.go, encodeGo(name)))).toEqual([rep.info, rep.ack]);
    const other = connect(server);
    await other.greet();
    other.send(encodeOption(opt.exportName));
    await other.closed;
  });

  it('strangers can not keep the one out who knows the name', async () => {
    const server = await serve(image(), { address });
    const first = connect(server);
    await first.enter(name);
    const strangers = Array.from({ length: 100 }, () => new RawClient(server.address));
    await until(() => strangers.filter(({ socket }) => socket.closed).length >= 37);
    const late = connect(server);
    await late.enter(name);
    expect(first.socket.closed).toBe(false);
    for (const { socket } of strangers) socket.destroy();
  });
});

describe('whatever a client sends during the handshake', () => {
  const facts = { name, secret: false, description: 'a disk', virtualSize: 5, blockSize: 4096 };
  const run = (pieces: readonly Buffer[]) => {
    const replies: Buffer[] = [];
    const handshake = new Handshake(facts, bytes => replies.push(bytes));
    const input = new InputBytes();
    let state = 'more';
    for (const piece of pieces) {
      input.push(piece);
      if (state === 'more') state = handshake.advance(input);
    }
    return { state, replies: Buffer.concat(replies).toString('hex'), left: input.length };
  };
  const option = fc.oneof(
    fc.tuple(fc.constantFrom(...Object.values(opt)), fc.uint8Array({ maxLength: 40 })),
    fc.constantFrom<[number, Buffer]>(
      [opt.go, encodeGo(name, [1, 3])],
      [opt.info, encodeGo(name)],
      [opt.structured, Buffer.alloc(0)],
      [opt.setMeta, encodeContexts(name, ['base:allocation'])],
      [opt.go, Buffer.alloc(17_000)],
    ),
  );
  const session = fc
    .array(option, { maxLength: 8 })
    .map(options =>
      Buffer.concat([
        Buffer.from('00000003', 'hex'),
        ...options.map(([type, data]) => encodeOption(type, Buffer.from(data))),
      ]),
    );

  it('is understood the same wherever it is cut', () => {
    fc.assert(
      fc.property(session, fc.array(fc.nat(), { maxLength: 12 }), (bytes, rawCuts) => {
        const cuts = [0, ...rawCuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut));
        expect(run(pieces)).toEqual(run([bytes]));
        if (bytes.length < 2000) expect(run([...bytes].map(byte => Buffer.from([byte])))).toEqual(run([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(session, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), (bytes, changes) => {
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expect(['more', 'over', 'transmission']).toContain(run([bytes]).state);
      }),
      { numRuns: 500 },
    );
  });
});
