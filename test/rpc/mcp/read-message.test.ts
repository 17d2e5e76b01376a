import { parseJSONRPCMessage } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/rpc/mcp/read-message.ts';

const request = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

function codeOf(line: string): { code: number; id: unknown } | undefined {
  const read = readMessage(line);
  return read.kind === 'refused' ? { code: read.code, id: read.id } : undefined;
}

describe('A line', () => {
  it.each([
    ['a request', request],
    ['a request with a text as id', { ...request, id: 'x' }],
    ['a request with an empty text as id', { ...request, id: '' }],
    ['a request with parameters', { ...request, params: { cursor: 'x', _meta: { progressToken: 1, other: [] } } }],
  ])('that is %s comes through as it is', (_what, message) => {
    expect(readMessage(JSON.stringify(message))).toEqual({ kind: 'request', message });
  });

  it('without an id is a notification', () => {
    const message = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect(readMessage(JSON.stringify(message))).toEqual({ kind: 'notification', message });
  });

  it('with a result or an error is the response to a question of ours', () => {
    const result = { jsonrpc: '2.0', id: 9, result: { action: 'cancel' } };
    const error = { jsonrpc: '2.0', id: 9, error: { code: -1, message: 'No.' } };
    for (const message of [result, error]) {
      expect(readMessage(JSON.stringify({ ...message, extra: 1 }))).toEqual({ kind: 'response', message });
    }
  });

  it('loses members that JSON-RPC does not know', () => {
    expect(readMessage(JSON.stringify({ ...request, extra: 1 }))).toEqual({ kind: 'request', message: request });
  });

  it.each([
    ['', ' ', '\t\r'],
    ['{"jsonrpc":"2.0","id":9,"result":3}', '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":""}}'],
    [
      '{"jsonrpc":"2.0","id":9,"error":{"code":"x"}}',
      `{"jsonrpc":"2.0","id":9,"result":{"a":${'['.repeat(2000)}${']'.repeat(2000)}}}`,
    ],
  ])('that asks nothing is ignored', (...lines) => {
    for (const line of lines) expect(readMessage(line)).toEqual({ kind: 'ignored' });
  });

  it.each(['x', '{', '{"jsonrpc":"2.0",', "{'id':1}", '[1,', '{"a":1}}', 'NaN', '\u0000', '['.repeat(100_000)])(
    'that is not JSON is a parse error: %#',
    line => {
      expect(codeOf(line)).toEqual({ code: -32700, id: null });
    },
  );

  it.each<[string, unknown, unknown]>([
    ['a batch', [request], null],
    ['an empty batch', [], null],
    ['null', null, null],
    ['a number', 5, null],
    ['a text', 'x', null],
    ['an empty object', {}, null],
    ['of no version', { id: 1, method: 'x' }, 1],
    ['of another version', { ...request, jsonrpc: '1.0' }, 1],
    ['of a number as version', { ...request, jsonrpc: 2 }, 1],
    ['without a method', { jsonrpc: '2.0', id: 'x' }, 'x'],
    ['with a number as method', { ...request, method: 1 }, 1],
    ['with null as id', { ...request, id: null }, null],
    ['with a fraction as id', { ...request, id: 1.5 }, null],
    ['with an object as id', { ...request, id: {} }, null],
    ['with a boolean as id', { ...request, id: true }, null],
    ['with a number as parameters', { ...request, params: 1 }, 1],
    ['with null as parameters', { ...request, params: null }, 1],
    ['with a text as parameters of a notification', { jsonrpc: '2.0', method: 'x', params: 'x' }, null],
  ])('that is %s is an invalid request', (_what, message, id) => {
    expect(codeOf(JSON.stringify(message))).toEqual({ code: -32600, id });
  });

  it.each<[string, unknown]>([
    ['by position', []],
    ['with a text as _meta', { _meta: 'x' }],
    ['with a list as _meta', { _meta: [] }],
    ['with an object as progress token', { _meta: { progressToken: {} } }],
    ['with a wrong task', { _meta: { 'io.modelcontextprotocol/related-task': 1 } }],
  ])('with parameters %s has invalid parameters', (_what, params) => {
    expect(codeOf(JSON.stringify({ ...request, params }))).toEqual({ code: -32602, id: 1 });
  });

  it('nested so deeply that it would overflow the stack is refused', () => {
    const deep = (levels: number) =>
      `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
    expect(codeOf(deep(400))).toBeUndefined();
    expect(codeOf(deep(600))).toEqual({ code: -32600, id: 1 });
    expect(codeOf(deep(1_000_000))).toEqual({ code: -32600, id: 1 });
  });

  it('may hold as many brackets in strings as it likes', () => {
    const text = `${'['.repeat(5000)}\\"${'{'.repeat(5000)}\\`;
    expect(readMessage(JSON.stringify({ ...request, params: { text } })).kind).toBe('request');
  });

  it('with __proto__ changes nothing but itself', () => {
    const read = readMessage('{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{"polluted":1}}}');
    expect(read.kind).toBe('request');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('is either refused or a message that the SDK accepts, whatever it holds', () => {
    const id = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.jsonValue());
    const meta = fc.record({ progressToken: fc.jsonValue(), other: fc.jsonValue() }, { requiredKeys: [] });
    const params = fc.oneof(fc.jsonValue(), fc.record({ _meta: fc.oneof(meta, fc.jsonValue()) }));
    const shape = fc.record(
      { jsonrpc: fc.constantFrom<unknown>('2.0', '2.0', '2.0', 2, '1.0'), id, method: fc.string(), params },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: shape }, { weight: 1, arbitrary: fc.jsonValue() }), raw => {
        const read = readMessage(JSON.stringify(raw));
        if (read.kind === 'request' || read.kind === 'notification') parseJSONRPCMessage(read.message);
        if (read.kind === 'refused') expect([-32700, -32600, -32602]).toContain(read.code);
      }),
      { numRuns: 3000 },
    );
  });
});
