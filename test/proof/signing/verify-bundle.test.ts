import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeStatement } from '../../../src/proof/signing/bundle-statement.ts';
import { encodeForSigning, writeEnvelope } from '../../../src/proof/signing/dsse-envelope.ts';
import { readPublicKey } from '../../../src/proof/signing/public-key.ts';
import { verifyBundle } from '../../../src/proof/signing/verify-bundle.ts';
import { makeSigner, writeBundle } from './support/sample-bundle.ts';

const envelope = 'proof.intoto.jsonl';
const payloadType = 'application/vnd.in-toto+json';
const signer = makeSigner();
const { keyId } = signer.signature;
const trusted = new Map([[keyId, readPublicKey(signer.publicKey)!]]);
const nobody = new Map();
let home: string;
let original: string;
let bundle: string;
const at = (name: string) => path.join(bundle, name);
const check = (keys: ReadonlyMap<string, NonNullable<ReturnType<typeof readPublicKey>>> = trusted) =>
  verifyBundle(bundle, { keys });

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'vmb-verify-'));
  original = path.join(home, 'original');
  await writeBundle(original, signer);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => {
  bundle = path.join(home, 'bundle');
  rmSync(bundle, { recursive: true, force: true });
  cpSync(original, bundle, { recursive: true });
});

/** Signs anything, as somebody might who has the key and means ill. */
function signStatement(subjects: ReadonlyMap<string, string>, by = signer, about: Record<string, unknown> = {}): void {
  const id = by.signature.keyId;
  const payload = writeStatement(subjects, { keyId: id, signedAt: '2026-03-01T12:00:00.000Z', ...about });
  const signature = by.sign(encodeForSigning(payloadType, payload));
  writeFileSync(at(envelope), writeEnvelope({ payloadType, payload, keyId: id, signature }));
}

function readSubjects(): Map<string, string> {
  return readSubjectsOf(bundle);
}

function readSubjectsOf(folder: string): Map<string, string> {
  const { payload } = JSON.parse(readFileSync(path.join(folder, envelope), 'utf8'));
  const { subject } = JSON.parse(Buffer.from(payload, 'base64').toString());
  return new Map(subject.map((each: { name: string; digest: { sha256: string } }) => [each.name, each.digest.sha256]));
}

describe('a bundle', () => {
  it('is valid as it was written, and every file is covered', async () => {
    const names = readdirSync(bundle).sort();
    expect(names).toEqual([
      '01-firmware-0.4s.png',
      '02-verdict-9.8s.png',
      'film-strip.png',
      'firmware.log',
      'proof.intoto.jsonl',
      'proof.json',
      'report.html',
      'serial.log',
      'signer.pem',
    ]);
    expect(await check()).toEqual({
      valid: true,
      signed: {
        keyId,
        signedAt: expect.any(String),
        id: 'web-20260301-120000',
        image: '/backups/web.vhdx',
        verdict: 'login',
        passed: true,
        files: names.length - 1,
      },
    });
    expect(JSON.parse(readFileSync(at('proof.json'), 'utf8')).signature).toEqual({ algorithm: 'ed25519', keyId });
    expect([...readSubjects().keys()].sort()).toEqual(names.filter(name => name !== envelope));
  });

  it.each([
    ['with the key at hand', trusted, 200],
    ['where the key is unknown', nobody, 60],
  ])(
    'is invalid when any byte of any file is another one, and that file is named (%s)',
    { timeout: 120_000 },
    async (_, keys, numRuns) => {
      const files = readdirSync(original)
        .map(name => ({ name, bytes: readFileSync(path.join(original, name)) }))
        .filter(({ bytes }) => bytes.length > 0);
      const place = fc
        .constantFrom(...files)
        .chain(file => fc.tuple(fc.constant(file), fc.nat(file.bytes.length - 1), fc.integer({ min: 1, max: 255 })));
      await fc.assert(
        fc.asyncProperty(place, async ([{ name, bytes }, index, change]) => {
          const changed = Buffer.from(bytes);
          changed[index]! ^= change;
          writeFileSync(at(name), changed);
          const answer = await check(keys);
          writeFileSync(at(name), bytes);
          expect(answer).toMatchObject({ valid: false, problem: { file: name } });
        }),
        { numRuns },
      );
    },
  );

  it('is invalid whichever byte of the envelope is another one', { timeout: 120_000 }, async () => {
    const bytes = readFileSync(at(envelope));
    for (let index = 0; index < bytes.length; index += 7) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1 << (index % 7);
      writeFileSync(at(envelope), changed);
      expect(await check(index % 2 === 0 ? trusted : nobody), String(index)).toMatchObject({
        valid: false,
        problem: { file: envelope },
      });
    }
  });

  it('is invalid when a file is shorter, longer, missing or new', async () => {
    for (const name of readdirSync(original).filter(each => readFileSync(path.join(original, each)).length > 0)) {
      truncateSync(at(name), readFileSync(at(name)).length - 1);
      expect((await check()).problem?.file, `${name} shorter`).toBe(name);
      cpSync(path.join(original, name), at(name));
      appendFileSync(at(name), '\n');
      expect((await check()).problem?.file, `${name} longer`).toBe(name);
      rmSync(at(name));
      expect((await check()).problem, `${name} gone`).toEqual({ file: name, reason: 'is missing' });
      cpSync(path.join(original, name), at(name));
    }
    for (const name of ['extra.png', '.hidden', 'proof.intoto.jsonl.0123456789ab.draft', 'zz']) {
      writeFileSync(at(name), '');
      expect((await check()).problem, name).toEqual({ file: name, reason: 'is not covered by the signature' });
      rmSync(at(name));
    }
    mkdirSync(at('folder'));
    expect((await check()).problem?.file).toBe('folder');
  });

  it.skipIf(process.platform === 'win32')('is invalid when a file is not a file', async () => {
    rmSync(at('serial.log'));
    symlinkSync(path.join(original, 'serial.log'), at('serial.log'));
    expect((await check()).problem).toEqual({ file: 'serial.log', reason: 'is a symbolic link' });
    rmSync(at('serial.log'));
    execFileSync('mkfifo', [at('serial.log')]);
    expect((await check()).problem).toEqual({ file: 'serial.log', reason: 'is not a file' });
    rmSync(at('serial.log'));
    linkSync(path.join(original, 'serial.log'), at('serial.log'));
    expect((await check()).valid).toBe(true);
    rmSync(at(envelope));
    symlinkSync(path.join(original, envelope), at(envelope));
    expect((await check()).problem).toEqual({ file: envelope, reason: 'is a symbolic link' });
    rmSync(at(envelope));
    mkdirSync(at(envelope));
    expect((await check()).problem?.file).toBe(envelope);
  });

  it('is not accepted when somebody else has signed it, whole as it is', async () => {
    const other = makeSigner();
    bundle = path.join(home, 'foreign');
    rmSync(bundle, { recursive: true, force: true });
    await writeBundle(bundle, other);
    const foreign = await check();
    expect(foreign).toMatchObject({
      valid: false,
      problem: { file: envelope, reason: expect.stringContaining(other.signature.keyId) },
      signed: { keyId: other.signature.keyId },
    });
    const key = readPublicKey(other.publicKey)!;
    expect((await check(new Map([[other.signature.keyId, key]]))).valid).toBe(true);
  });

  it('is not accepted when its envelope names a trusted key and another one signed', async () => {
    const other = makeSigner();
    signStatement(readSubjects(), { ...other, signature: signer.signature });
    for (const keys of [trusted, nobody]) {
      expect(await check(keys)).toEqual({
        valid: false,
        problem: { file: envelope, reason: 'was changed: the signature does not fit' },
      });
    }
  });

  it.each(['../original/serial.log', '/etc/hostname', 'sub/x', '..', '.', 'C:\\x', 'a\0b', envelope])(
    'with the subject %j is refused, even when it is signed',
    async name => {
      signStatement(new Map([...readSubjects(), [name, '0'.repeat(64)]]));
      const answer = await check();
      expect(answer.valid).toBe(false);
      expect(answer.problem).toEqual({ file: name, reason: 'is no name of a file of the bundle' });
    },
  );

  it('of another proof, whole as it is, is not taken for the one that was asked for', async () => {
    const ask = (id: string) => verifyBundle(bundle, { keys: trusted, id });
    expect(await ask('web-20260301-120000')).toMatchObject({ valid: true });
    expect(await ask('WEB-20260301-120000')).toMatchObject({ valid: true });
    expect(await ask('web-20260308-120000')).toMatchObject({
      valid: false,
      problem: {
        file: envelope,
        reason: 'is that of the proof "web-20260301-120000", and not of "web-20260308-120000"',
      },
      signed: { id: 'web-20260301-120000', image: '/backups/web.vhdx' },
    });
  });

  it('has to cover its proof', async () => {
    const subjects = readSubjects();
    subjects.delete('proof.json');
    signStatement(subjects);
    expect((await check()).problem).toEqual({ file: 'proof.json', reason: 'is not covered by the signature' });
  });

  it('that is signed for something else is none', async () => {
    const payload = Buffer.from('{}');
    const signature = signer.sign(encodeForSigning(payloadType, payload));
    writeFileSync(at(envelope), writeEnvelope({ payloadType, payload, keyId, signature }));
    expect((await check()).problem).toEqual({ file: envelope, reason: 'is not about a proof' });
    signStatement(readSubjectsOf(original), signer, { keyId: '0'.repeat(64) });
    expect((await check()).problem).toEqual({ file: envelope, reason: 'is not about a proof' });
    const other = signer.sign(encodeForSigning('text/plain', payload));
    writeFileSync(at(envelope), writeEnvelope({ payloadType: 'text/plain', payload, keyId, signature: other }));
    expect((await check()).problem?.file).toBe(envelope);
  });

  it('with an envelope beyond all measure is refused without being read', async () => {
    truncateSync(at(envelope), 2 ** 36);
    expect((await check()).problem).toEqual({ file: envelope, reason: 'is not a whole envelope of a proof' });
  });

  it('with a huge file is read piece by piece, until nobody wants to know any more', async () => {
    truncateSync(at('serial.log'), 2 ** 36);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    await expect(verifyBundle(bundle, { keys: trusted }, controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(process.memoryUsage().rss).toBeLessThan(2 ** 30);
  });

  it('without a signature is not valid', async () => {
    bundle = path.join(home, 'unsigned');
    rmSync(bundle, { recursive: true, force: true });
    await writeBundle(bundle, undefined);
    expect(existsSync(at('signer.pem'))).toBe(false);
    expect(JSON.parse(readFileSync(at('proof.json'), 'utf8')).signature).toBeUndefined();
    expect(await check()).toEqual({ valid: false, problem: { file: envelope, reason: 'is missing' } });
  });
});
