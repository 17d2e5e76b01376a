import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameParser } from '../../../src/rpc/jsonrpc/frame-parser.ts';
import { longestBody } from '../../../src/rpc/jsonrpc/header.ts';
import { measureHeldBuffers } from '../../support/collect-garbage.ts';
import { frame } from './support/start-server.ts';

function parse(chunks: readonly (string | Buffer)[]) {
  const values: unknown[] = [];
  const problems: string[] = [];
  const parser = new FrameParser({
    frame: body => {
      try {
        values.push(JSON.parse(body.toString('utf8')));
        return true;
      } catch {
        problems.push('not JSON');
        return false;
      }
    },
    problem: ({ message }) => problems.push(message),
  });
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  return { values, problems, end: () => parser.end() };
}

/** A text cut into pieces at arbitrary places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const offsets = [0, ...places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end));
}

describe('a frame parser', () => {
  it('gives back any sequence of JSON values, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.array(fc.nat(10_000)), (texts, places) => {
        const { values, problems } = parse(cut(Buffer.concat(texts.map(frame)), places));
        expect(values).toEqual(texts.map(text => JSON.parse(text)));
        expect(problems).toEqual([]);
      }),
    );
  });

  it.each([
    ['lines that end in a line feed only', 'Content-Length: 2\n\n{}'],
    ['other fields and any case', 'content-type: application/json; charset=utf-8\r\ncontent-LENGTH :2\r\n\r\n{}'],
    ['blank lines between frames', '\r\n\nContent-Length: 2\r\n\r\n{}\n'],
  ])('takes %s', (_, text) => {
    expect(parse([text, frame('1')])).toMatchObject({ values: [{}, 1], problems: [] });
  });

  it.each([
    ['no length', 'Content-Type: x\r\n\r\n{"a":1}'],
    ['a negative length', 'Content-Length: -5\r\n\r\n{"a":1}'],
    ['a length that is no number', 'Content-Length: NaN\r\n\r\n{"a":1}'],
    ['a fraction', 'Content-Length: 7.0\r\n\r\n{"a":1}'],
    ['two lengths', 'Content-Length: 7\r\nContent-Length: 8\r\n\r\n{"a":1}'],
    ['a length beyond every disk', 'Content-Length: 99999999999999999999\r\n\r\n{"a":1}'],
    ['a huge length', 'Content-Length: 68719476736\r\n\r\n{"a":1}'],
    ['no header at all', '{"jsonrpc":"2.0","id":1,"method":"x"}\n'],
    ['a line without a colon', 'Content-Length 7\r\n\r\n{"a":1}'],
    ['binary garbage', Buffer.from([0, 255, 254, 13, 10, 13, 10, 1])],
    ['a foreign charset', 'Content-Type: a; charset=utf-16\r\nContent-Length: 7\r\n\r\n{"a":1}'],
    ['a body that is not JSON', frame('{nonsense')],
    ['an empty body', 'Content-Length: 0\r\n\r\n'],
    ['a length that is too short', 'Content-Length: 4\r\n\r\n{"a":1}'],
    ['a length that is too long', 'Content-Length: 40\r\n\r\n{"a":1}'],
    ['a length that reaches into the next header', 'Content-Length: 12\r\n\r\n{"a":1}'],
    ['a header without an end', `X: ${'y'.repeat(9000)}`],
  ])('reports %s once and goes on with the next frame', (_, bad) => {
    const good = [frame('"first"'), frame('"second"')];
    const whole = parse([Buffer.concat([Buffer.from(bad), ...good])]);
    expect(whole.problems).toHaveLength(1);
    expect(whole.values).toEqual(['first', 'second']);
    expect(parse([bad, ...good])).toMatchObject({ values: ['first', 'second'], problems: [expect.any(String)] });
  });

  it('finds its place again, wherever garbage and frames are cut', () => {
    const garbage = fc.oneof(
      fc.string(),
      fc.uint8Array().map(bytes => Buffer.from(bytes).toString('latin1')),
    );
    fc.assert(
      fc.property(fc.array(garbage), fc.array(fc.nat(10_000)), (pieces, places) => {
        const bytes = Buffer.concat(pieces.flatMap((piece, index) => [Buffer.from(piece), frame(`${index}`)]));
        const { values } = parse(cut(bytes, places));
        // A piece may end in a way that swallows what follows, but never the frame after the next bad header.
        expect(values).toEqual(pieces.map((_, index) => index));
      }),
      { numRuns: 3000 },
    );
  });

  it('answers every further line of somebody who writes lines without headers', () => {
    const { problems } = parse(['{"id":1}\n', '{"id":2}\n', '{"id":3}\n']);
    expect(problems).toHaveLength(3);
  });

  it('counts a body that follows a bad header as part of the same trouble', () => {
    expect(parse(['Content-Length: x\r\n\r\n', '{"a":1}', frame('2')]).problems).toHaveLength(1);
  });

  it('passes over a message that is too long without keeping it', () => {
    const chunk = Buffer.alloc(2 ** 20, '"a",\n');
    const before = measureHeldBuffers();
    const { values, problems } = parse([
      `Content-Length: ${longestBody * 2}\r\n\r\n`,
      ...Array.from({ length: 64 }, () => chunk),
      frame('"next"'),
    ]);
    expect(values).toEqual(['next']);
    expect(problems).toHaveLength(1);
    expect(measureHeldBuffers() - before).toBeLessThan(256 * 2 ** 20);
  });

  it('is not misled by a message that speaks of headers', () => {
    const text = JSON.stringify({ text: 'Content-Length: 5\r\n\r\nhello', 'Content-Length: 5': ['\n'] }, null, 2);
    const bytes = frame(text);
    expect(parse([...bytes].map(byte => Buffer.of(byte)))).toMatchObject({ values: [JSON.parse(text)], problems: [] });
  });

  it('reports a frame that the end cuts off', () => {
    const cutOff = parse(['Content-Length: 10\r\n\r\n{']);
    cutOff.end();
    expect(cutOff.problems).toEqual(['The input ended inside a message.']);
    const whole = parse([frame('1'), '\r\n']);
    whole.end();
    expect(whole.problems).toEqual([]);
  });
});
