import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptBlocks, encryptChallenge } from '../../src/rfb/handshake/encrypt-challenge.ts';
import { RfbClient } from '../../src/rfb/rfb-client.ts';
import { replay } from './support/replayed-server.ts';

const { signal } = new AbortController();
const init = [0, 2, 0, 1, ...Array<number>(16).fill(0), 0, 0, 0, 2, 0x68, 0x69];
const serve = (greeting: string, ...rest: readonly number[]) =>
  replay(Buffer.concat([Buffer.from(greeting), Buffer.from(rest)]), { ends: false });
const challenge = Array.from({ length: 16 }, (_, index) => index * 7);
const text = (words: string) => [0, 0, 0, words.length, ...Buffer.from(words)];

describe('the answer to a challenge', () => {
  it.each([
    ['0123456789abcdef', Buffer.from('Now is the time ').toString('hex'), '3fa40e8a984d48156a271787ab8883f9'],
    ['133457799bbcdff1', '0123456789abcdef', '85e813540f0ab405'],
    ['0101010101010101', '8000000000000000', '95f8a5e5dd31d900'],
    ['8001010101010101', '0000000000000000', '95a8d72813daa94d'],
    ['7ca110454a1a6e57', '01a1d6d039776742', '690f5b0d9a26939b'],
  ])('is DES, as published: key %s makes %s to %s', (key, plain, expected) => {
    expect(encryptBlocks(Buffer.from(plain, 'hex'), Buffer.from(key, 'hex')).toString('hex')).toBe(expected);
  });

  it('looks at eight characters of the password only', () => {
    const [short, long] = ['12345678', '12345678 and more'].map(word => encryptChallenge(Buffer.from(challenge), word));
    expect(short).toEqual(long);
    expect(encryptChallenge(Buffer.from(challenge), '1234567')).not.toEqual(short);
  });
});

describe('logging in', () => {
  const login = (stream: ReturnType<typeof serve>, password?: string) =>
    RfbClient.connect(stream, { signal, password, milliseconds: 1000 });

  it.each<[string, string, number[], string | undefined]>([
    ['3.8 without a password', 'RFB 003.008\n', [2, 2, 1, 0, 0, 0, 0], undefined],
    ['3.7 without a password, which has no result', 'RFB 003.007\n', [1, 1], undefined],
    ['3.3 without a password', 'RFB 003.003\n', [0, 0, 0, 1], undefined],
    ['3.5, which is 3.3', 'RFB 003.005\n', [0, 0, 0, 1], undefined],
    ["Apple's 3.889, which is 3.8", 'RFB 003.889\n', [1, 1, 0, 0, 0, 0], undefined],
    ['4.1, which is 3.8', 'RFB 004.001\n', [1, 1, 0, 0, 0, 0], undefined],
    ['3.8 with a password', 'RFB 003.008\n', [2, 1, 2, ...challenge, 0, 0, 0, 0], 'secret'],
    ['3.3 with a password', 'RFB 003.003\n', [0, 0, 0, 2, ...challenge, 0, 0, 0, 0], 'secret'],
    ['3.8 that wants none though there is one', 'RFB 003.008\n', [1, 1, 0, 0, 0, 0], 'secret'],
  ])('works with %s', async (_name, greeting, bytes, password) => {
    const stream = serve(greeting, ...bytes, ...init);
    const client = await login(stream, password);
    expect(client.name).toBe('hi');
    if (bytes.includes(7)) {
      const answer = encryptChallenge(Buffer.from(challenge), password ?? '');
      expect(stream.heard().includes(answer)).toBe(true);
    }
    client.close();
  });

  it.each<[string, string, number[], object]>([
    [
      'a wrong password',
      'RFB 003.008\n',
      [1, 2, ...challenge, 0, 0, 0, 1, ...text('no\u0007')],
      { code: 'denied', data: { reason: 'no\\x07' } },
    ],
    ['a wrong password, before 3.8', 'RFB 003.003\n', [0, 0, 0, 2, ...challenge, 0, 0, 0, 1], { code: 'denied' }],
    ['too many viewers', 'RFB 003.008\n', [0, ...text('busy')], { code: 'denied', data: { reason: 'busy' } }],
    [
      'the same, before 3.7',
      'RFB 003.003\n',
      [0, 0, 0, 0, ...text('busy')],
      { code: 'denied', data: { reason: 'busy' } },
    ],
    ['other ways only', 'RFB 003.008\n', [2, 18, 19], { code: 'unsupported', data: { offered: [18, 19] } }],
    ['a reason without end', 'RFB 003.008\n', [0, 255, 255, 255, 255], { code: 'failed' }],
    ['a name without end', 'RFB 003.008\n', [1, 1, 0, 0, 0, 0, ...init.slice(0, 20), 255, 0, 0, 0], { code: 'failed' }],
    ['another protocol', 'SSH-2.0-Open\n', [], { code: 'failed' }],
    ['an older protocol', 'RFB 002.002\n', [], { code: 'failed' }],
    ['silence', 'RFB 003.008\n', [1], { code: 'timeout' }],
  ])('ends with a Fault at %s', async (_name, greeting, bytes, expected) => {
    const stream = serve(greeting, ...bytes);
    await expect(login(stream, 'secret')).rejects.toMatchObject(expected);
    expect(stream.destroyed).toBe(true);
  });

  it('without a password is refused by a server that wants one', async () => {
    await expect(login(serve('RFB 003.008\n', 1, 2))).rejects.toMatchObject({ code: 'denied' });
  });

  it('survives whatever a server says', async () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('RFB 003.008\n', 'RFB 003.003\n', 'RFB 003.007\n', ''),
        bytes,
        async (greeting, rest) => {
          const stream = replay(Buffer.concat([Buffer.from(greeting), Buffer.from(rest)]));
          const outcome = await login(stream, 'secret').catch((error: unknown) => error);
          if (outcome instanceof RfbClient) outcome.close();
          else expect(outcome).toMatchObject({ name: 'Fault' });
        },
      ),
      { numRuns: 200 },
    );
  });
});
