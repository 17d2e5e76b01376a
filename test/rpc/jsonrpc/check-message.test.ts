import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMessage } from '../../../src/rpc/jsonrpc/check-message.ts';

describe('checking a message', () => {
  it.each([
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'x' }], null],
    ['an empty batch', [], null],
    ['null', null, null],
    ['a number', 7, null],
    ['a text', 'x', null],
    ['no version', { id: 1, method: 'x' }, 1],
    ['another version', { jsonrpc: '1.0', id: 'a', method: 'x' }, 'a'],
    ['a version of the wrong type', { jsonrpc: 2, id: 1, method: 'x' }, 1],
    ['an id of the wrong type', { jsonrpc: '2.0', id: {}, method: 'x' }, null],
    ['a null id', { jsonrpc: '2.0', id: null, method: 'x' }, null],
    ['a method of the wrong type', { jsonrpc: '2.0', id: 1, method: 5 }, 1],
    ['neither method nor result', { jsonrpc: '2.0', id: 1 }, 1],
    ['an empty object', {}, null],
    ['params of the wrong type', { jsonrpc: '2.0', id: 1, method: 'x', params: 'y' }, 1],
    ['a notification with wrong params', { jsonrpc: '2.0', method: 'x', params: 1 }, null],
    ['an id of a megabyte', { jsonrpc: '2.0', id: 'a'.repeat(2 ** 20), method: 'x' }, null],
  ])('refuses %s', (_, rawMessage, id) => {
    expect(checkMessage(rawMessage)).toMatchObject({ is: 'refused', id });
  });

  it.each([
    ['an answer nobody asked for', { jsonrpc: '2.0', id: 1, result: 5 }],
    ['an error nobody asked for', { jsonrpc: '2.0', id: null, error: { code: 1, message: 'x' } }],
    ['a cancellation of nothing', { jsonrpc: '2.0', method: '$/cancelRequest' }],
    ['a cancellation with a wrong id', { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: [] } }],
  ])('ignores %s', (_, rawMessage) => {
    expect(checkMessage(rawMessage).is).toBe('ignored');
  });

  it.each([
    ['a request', { jsonrpc: '2.0', id: 0, method: 'x', params: {} }, 0],
    ['positional params', { jsonrpc: '2.0', id: 'a', method: 'x', params: [1] }, 'a'],
    ['a request without params', { jsonrpc: '2.0', id: 1, method: 'x' }, 1],
    ['a notification', { jsonrpc: '2.0', method: 'exit' }, undefined],
  ])('takes %s', (_, message, requestId) => {
    const checked = checkMessage(message);
    expect(checked).toEqual({ is: 'message', message, ...(requestId === undefined ? {} : { requestId }) });
  });

  it('has an answer to any JSON value', () => {
    fc.assert(fc.property(fc.jsonValue(), value => ['message', 'refused', 'ignored'].includes(checkMessage(value).is)));
  });
});
