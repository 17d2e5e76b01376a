import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKey } from '../../../src/host/secret-store/derive-key.ts';
import { type KeySource, openSealed, parseSealed, seal } from '../../../src/host/secret-store/sealed-file.ts';

const source: KeySource = { kind: 'keyring', name: 'secrets-1' };
const keptAt = '2026-03-01T12:00:00.000Z';
const key = randomBytes(32);
const text = fc.string({ unit: 'grapheme', maxLength: 100 });
const secrets = fc.dictionary(fc.stringMatching(/^[A-Za-z0-9][\w-]{0,10}$/), text, { maxKeys: 5 });
const sample = { lab: 'a secret', other: 'ünïcode "quoted" \u{1f511}' };
const sealedSample = seal(source, [{ name: 'lab', keptAt }], sample, key);

/** The file with one byte changed, as damage leaves it; `resealed` also has the sum of somebody who wants it to go unseen. */
function changed(at: number, by: number, resealed: boolean): Buffer {
  const bytes = Buffer.from(sealedSample);
  bytes[at]! ^= by;
  if (!resealed) return bytes;
  const body = bytes.subarray(0, -32);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

describe('a sealed file', () => {
  it('gives back any secrets, and says which there are without the key', () => {
    fc.assert(
      fc.property(secrets, wanted => {
        const entries = Object.keys(wanted).map(name => ({ name, keptAt }));
        const file = parseSealed(seal(source, entries, wanted, key))!;
        expect(file.entries).toEqual(entries);
        expect(file.key).toEqual(source);
        expect({ ...openSealed(file, key) }).toEqual({ ...wanted });
      }),
    );
  });

  it('holds no secret that can be read, and is never the same twice', () => {
    const other = seal(source, [{ name: 'lab', keptAt }], sample, key);
    expect(sealedSample.includes('a secret')).toBe(false);
    expect(sealedSample.includes(key)).toBe(false);
    expect(other.equals(sealedSample)).toBe(false);
  });

  it('opens with no other key', () => {
    const file = parseSealed(sealedSample)!;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), other => {
        expect(openSealed(file, Buffer.from(other))).toBeUndefined();
      }),
    );
  });

  it('is opened by its passphrase, and by no other', async () => {
    const salt = Buffer.alloc(16, 7).toString('base64');
    const cheap = { kind: 'passphrase', salt, logN: 10, r: 1, p: 1 } as const;
    await fc.assert(
      fc.asyncProperty(text, text, text, async (passphrase, other, secret) => {
        const sealed = parseSealed(seal(cheap, [], { lab: secret }, await deriveKey(passphrase, cheap)))!;
        expect(openSealed(sealed, await deriveKey(passphrase.normalize('NFD'), cheap))).toEqual({ lab: secret });
        if (other.normalize('NFC') === passphrase.normalize('NFC')) return;
        expect(openSealed(sealed, await deriveKey(other, cheap))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('is known to be damaged when any single byte is changed', () => {
    for (let at = 0; at < sealedSample.length; at++)
      expect(parseSealed(changed(at, 1, false)), `${at}`).toBeUndefined();
    const place = fc.nat({ max: sealedSample.length - 1 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, by) => {
        expect(parseSealed(changed(at, by, false))).toBeUndefined();
      }),
    );
  });

  it('does not open when somebody changed a byte and made the sum right again', () => {
    for (let at = 0; at < sealedSample.length - 32; at++) {
      const file = parseSealed(changed(at, 1, true));
      expect(file === undefined ? undefined : openSealed(file, key), `${at}`).toBeUndefined();
    }
  });

  it('is known to be cut off, or to have grown', () => {
    for (let length = 0; length < sealedSample.length; length++) {
      expect(parseSealed(sealedSample.subarray(0, length)), `${length}`).toBeUndefined();
    }
    expect(parseSealed(Buffer.concat([sealedSample, Buffer.from('\n')]))).toBeUndefined();
  });

  it('is no other kind of file, whatever that holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        const body = Buffer.concat([Buffer.from('vmbridge-secrets 1\n'), bytes]);
        const summed = Buffer.concat([body, createHash('sha256').update(body).digest()]);
        expect(parseSealed(Buffer.from(bytes))).toBeUndefined();
        expect(parseSealed(summed)).toBeUndefined();
      }),
    );
  });

  it('with costs that would eat the memory is refused before any of it is used', () => {
    const salt = Buffer.alloc(16).toString('base64');
    for (const cost of [
      { logN: 30, r: 8, p: 1 },
      { logN: 16, r: 1e6, p: 1 },
      { logN: 16, r: 8, p: 1e6 },
    ]) {
      expect(
        parseSealed(seal({ kind: 'passphrase', salt, ...cost }, [], {}, key)),
        JSON.stringify(cost),
      ).toBeUndefined();
    }
  });
});
