import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RfbClient } from '../../src/rfb/rfb-client.ts';
import { drawHextile, drawRaw, drawZrle, filterTight, Packer, tightLength } from './support/draw.ts';
import { greeting, rectangle, replay, update } from './support/replayed-server.ts';

const { signal } = new AbortController();
const drawing = {
  width: 70,
  height: 66,
  pixels: Array.from({ length: 70 * 66 }, (_, at) => (((at >> 3) * 7919) % 13) << 12),
};
const all = [0, 0, 70, 66] as const;

/** A session with a rectangle in every encoding. */
async function recordSession(): Promise<Buffer> {
  const zrle = await new Packer().pack(drawZrle(drawing));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(zrle.length);
  const tights = await Promise.all(
    (['copy', 'palette', 'gradient'] as const).map(async (filter, stream) => {
      const { head, data } = filterTight(drawing, filter);
      const packed = await new Packer().pack(data);
      const control = (stream << 4) | (filter === 'copy' ? 0 : 0x40);
      return rectangle(all, 7, Buffer.concat([Buffer.from([control, ...head, ...tightLength(packed.length)]), packed]));
    }),
  );
  return Buffer.concat([
    greeting(70, 66),
    update(
      rectangle(all, 0, drawRaw(drawing)),
      rectangle(all, 5, drawHextile(drawing)),
      rectangle([3, 2, 60, 60], 1, [0, 0, 0, 1]),
      rectangle(all, 16, Buffer.concat([length, zrle])),
      ...tights,
      rectangle([0, 0, 0, 0], -258),
    ),
  ]);
}

describe('a session that was damaged on its way', () => {
  it('gives a picture or a Fault, and always soon', async () => {
    const session = await recordSession();
    const damages = fc.array(fc.tuple(fc.nat({ max: session.length - 1 }), fc.nat({ max: 255 })), { maxLength: 5 });
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damages, cuts, fc.nat({ max: session.length }), async (changes, lengths, end) => {
        const bytes = Buffer.from(session.subarray(0, end % 3 === 0 ? end : session.length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const startedAt = performance.now();
        const watch = async () => {
          const client = await RfbClient.connect(replay(bytes, { lengths, held: Math.min(46, bytes.length) }), {
            signal,
            milliseconds: 3000,
          });
          return client.capture().finally(() => client.close());
        };
        const outcome = await watch().catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'Fault' });
        expect(performance.now() - startedAt).toBeLessThan(5000);
      }),
      { numRuns: 3000 },
    );
  }, 600_000);
});
