import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frame, RawClient, type Server, startServer } from './support/start-server.ts';

let server: Server;
let client: RawClient;
let asked = 0;

beforeAll(() => {
  server = startServer();
  client = new RawClient(server);
});
afterAll(() => server.stop());

/** Sends something bad, and resolves to the answers that come before the answer to a good request behind it. */
async function answersTo(...bad: readonly (string | Buffer)[]) {
  const before = client.messages.length;
  for (const bytes of bad) await client.write(bytes);
  const id = `alive-${++asked}`;
  const alive = await client.ask(id);
  expect(alive.result).toMatchObject({ providers: expect.any(Array) });
  return client.messages.slice(before).filter(message => message.id !== id && message.method === undefined);
}

const request = (fields: object) => frame({ jsonrpc: '2.0', id: 'x', method: 'vm.list', ...fields });

describe('malformed input', () => {
  it.each([
    ['what is not JSON', frame('{"jsonrpc": "2.0", "method"'), -32700, null],
    ['what is not UTF-8', Buffer.from('Content-Length: 4\r\n\r\n"\xff\xfe"', 'latin1'), -32700, null],
    ['a batch', frame([{ jsonrpc: '2.0', id: 1, method: 'vm.list' }]), -32600, null],
    ['no version', frame({ id: 7, method: 'vm.list' }), -32600, 7],
    ['another version', request({ jsonrpc: '1.0' }), -32600, 'x'],
    ['a method that is a number', request({ method: 1 }), -32600, 'x'],
    ['params that are a text', request({ params: 'abc' }), -32600, 'x'],
    ['an id that is an object', request({ id: {} }), -32600, null],
    ['an unknown method', request({ method: 'vm.fly' }), -32601, 'x'],
    ['an unknown field', request({ params: { colour: 'red' } }), -32602, 'x'],
    ['a field of the wrong type', request({ params: { limit: 'many' } }), -32602, 'x'],
    ['params by position', request({ params: ['web'] }), -32602, 'x'],
    [
      'a prototype',
      frame('{"jsonrpc":"2.0","id":"x","method":"vm.list","params":{"__proto__":{"limit":1}}}'),
      -32602,
      'x',
    ],
    ['no Content-Length', 'Content-Type: x\r\n\r\n{}', -32700, null],
    ['a negative Content-Length', 'Content-Length: -1\r\n\r\n{}', -32700, null],
    ['a Content-Length that is no number', 'Content-Length: NaN\r\n\r\n{}', -32700, null],
    ['a Content-Length beyond all bounds', `Content-Length: ${'9'.repeat(40)}\r\n\r\n{}`, -32600, null],
    ['a line without a header', '{"jsonrpc":"2.0","id":1,"method":"vm.list"}\n', -32700, null],
  ])('is answered and survived: %s', async (_, bad, code, id) => {
    expect(await answersTo(bad)).toMatchObject([{ jsonrpc: '2.0', id, error: { code } }]);
  });

  it('is answered in its turn when two requests have one id', async () => {
    const answers = await answersTo(Buffer.concat([request({ id: 1 }), request({ id: 1 }), request({ id: '1' })]));
    expect(answers.map(({ error }) => error?.code).sort()).toEqual([-32600, -32600, undefined]);
  });

  it('is passed over in silence when it is an answer or an empty cancellation', async () => {
    expect(
      await answersTo(
        frame({ jsonrpc: '2.0', id: 5, result: {} }),
        frame({ jsonrpc: '2.0', method: '$/cancelRequest' }),
        frame({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: null } }),
        frame({ jsonrpc: '2.0', method: '$/progress', params: [] }),
        frame({ jsonrpc: '2.0', method: '$/somethingElse', params: {} }),
      ),
    ).toEqual([]);
  });

  it('may have 11 MB', async () => {
    const name = 'x'.repeat(11 * 2 ** 20);
    const [answer] = await answersTo(request({ params: { name } }));
    expect(answer).toMatchObject({ id: 'x', error: { code: -32602 } });
    expect(JSON.stringify(answer).length).toBeLessThan(10_000);
    const [unknown] = await answersTo(request({ method: name }));
    expect(unknown).toMatchObject({ id: 'x', error: { code: -32601 } });
    expect(JSON.stringify(unknown).length).toBeLessThan(10_000);
  });

  it('may be nested two million deep', async () => {
    const deep = `${'['.repeat(2e6)}${']'.repeat(2e6)}`;
    const text = `{"jsonrpc":"2.0","id":"x","method":"vm.list","params":{"name":${deep}}}`;
    expect(await answersTo(frame(text))).toMatchObject([{ error: { code: expect.any(Number) } }]);
  });

  it('of 64 MB is refused without being kept', async () => {
    const answers = await answersTo(request({ params: { name: 'x'.repeat(64 * 2 ** 20) } }));
    expect(answers).toMatchObject([{ id: null, error: { code: -32600 } }]);
    if (process.platform === 'linux') {
      const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
      expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(400);
    }
  });

  it('is survived ten thousand times', async () => {
    const body = fc.oneof(fc.json(), fc.string(), fc.constantFrom('[]', '{}', '{"jsonrpc":"2.0"}', '{"id":1}', ''));
    const header = fc.oneof(
      fc.constantFrom('Content-Length: -1', 'Content-Length: 1e3', 'Content-Length', 'X: y', '', ': 5', '\u0000'),
      fc.string({ maxLength: 40 }),
      fc.nat(200).map(length => `Content-Length: ${length}`),
    );
    const framed = body.map(text => frame(text));
    const broken = fc.tuple(header, body).map(([head, text]) => Buffer.from(`${head}\r\n\r\n${text}`));
    const frames = fc.sample(fc.oneof(framed, broken), { numRuns: 10_000, seed: 42 });
    const before = client.messages.length;
    for (let start = 0; start < frames.length; start += 500) {
      const answers = await answersTo(Buffer.concat(frames.slice(start, start + 500)));
      for (const answer of answers) expect(answer.error?.code).toSatisfy(code => [-32700, -32600].includes(code));
    }
    expect(client.messages.length - before).toBeGreaterThan(3000);
    expect(server.stderr()).toBe('');
  });
});
