import { PassThrough, Writable } from 'node:stream';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { LineTransport } from '../../../src/rpc/mcp/line-transport.ts';

interface Connection {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly transport: LineTransport;
  readonly received: JSONRPCMessage[];
}

async function connect(): Promise<Connection> {
  const input = new PassThrough();
  const output = new PassThrough();
  const transport = new LineTransport(input, output);
  const received: JSONRPCMessage[] = [];
  transport.onmessage = message => void received.push(message);
  await transport.start();
  return { input, output, transport, received };
}

const request = (id: string | number, method = 'ping') => `${JSON.stringify({ jsonrpc: '2.0', id, method })}\n`;
const answer = (id: string | number) => ({ jsonrpc: '2.0', id, result: {} }) as const;

async function hasEnded(transport: LineTransport, milliseconds: number): Promise<boolean> {
  return Promise.race([transport.ended.then(() => true), delay(milliseconds, false)]);
}

describe('The transport', () => {
  it('writes what is sent in one turn in one piece', async () => {
    const pieces: string[] = [];
    const output = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        pieces.push(chunk);
        done();
      },
    });
    const transport = new LineTransport(new PassThrough(), output);
    await transport.start();
    await Promise.all([transport.send(answer(1)), transport.send(answer(2))]);
    await turn();
    await turn();
    expect(pieces).toEqual([`${JSON.stringify(answer(1))}\n${JSON.stringify(answer(2))}\n`]);
  });

  it('stops reading while the client does not take its answers, and goes on when it does', async () => {
    const { input, output, transport, received } = await connect();
    input.write(request(0));
    await turn();
    await transport.send({ jsonrpc: '2.0', id: 0, result: { text: 'x'.repeat(5 * 2 ** 20) } });
    await turn();
    await turn();
    expect(input.isPaused()).toBe(true);
    input.write(request(1));
    await delay(20);
    expect(received).toHaveLength(1);
    output.resume();
    await delay(20);
    expect(received).toHaveLength(2);
  });

  it('ends at once with its input when every request was answered', async () => {
    const { input, transport } = await connect();
    input.write(request(1));
    await turn();
    await transport.send(answer(1));
    input.end();
    expect(await hasEnded(transport, 200)).toBe(true);
  });

  it('gives requests a moment to be answered after the end of its input, and no more', async () => {
    const { input, transport } = await connect();
    input.end(request(1) + request(2));
    expect(await hasEnded(transport, 100)).toBe(false);
    await transport.send(answer(1));
    expect(await hasEnded(transport, 100)).toBe(false);
    await transport.send(answer(2));
    expect(await hasEnded(transport, 100)).toBe(true);
    const patient = await connect();
    patient.input.end(request(1));
    expect(await hasEnded(patient.transport, 1500)).toBe(true);
  });

  it('does not wait for the answer to a cancelled request or to a subscription', async () => {
    const { input, transport, received } = await connect();
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    input.end(`${request(1)}${request(2, 'subscriptions/listen')}${JSON.stringify(cancel)}\n`);
    expect(await hasEnded(transport, 300)).toBe(true);
    expect(received).toHaveLength(3);
  });

  it('takes an id again once it was answered or cancelled', async () => {
    const { input, transport, received } = await connect();
    input.write(request(1));
    await turn();
    await transport.send(answer(1));
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    input.write(`${request(1)}${JSON.stringify(cancel)}\n${request(1)}`);
    await delay(10);
    expect(received).toHaveLength(4);
  });

  it('ends when its output breaks', async () => {
    const { output, transport } = await connect();
    output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await hasEnded(transport, 100)).toBe(true);
  });

  it('hands over everything before it closes, and nothing thereafter', async () => {
    const { output, transport } = await connect();
    let text = '';
    output.on('data', chunk => {
      text += String(chunk);
    });
    await transport.send(answer(1));
    await transport.close();
    await transport.send(answer(2));
    await delay(10);
    expect(text).toBe(`${JSON.stringify(answer(1))}\n`);
  });
});
