import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatement, writeStatement } from '../../../src/proof/signing/bundle-statement.ts';
import { encodeForSigning, readEnvelope, writeEnvelope } from '../../../src/proof/signing/dsse-envelope.ts';
import { isPlainName } from '../../../src/proof/signing/plain-name.ts';
import { identifyKey, readPublicKey, writePublicKey } from '../../../src/proof/signing/public-key.ts';
import { makeSigner, writeBundle } from './support/sample-bundle.ts';

const missing = spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is missing';

describe('an envelope', () => {
  it('is signed as the specification of DSSE shows it', () => {
    const bytes = encodeForSigning('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(bytes.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(encodeForSigning('ä', Buffer.from('€')).toString()).toBe('DSSEv1 2 ä 3 €');
  });

  it('is read as it was written', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array));
    const envelope = fc.record({
      payloadType: fc
        .array(fc.oneof(fc.nat(0x2ff), fc.nat(0x10ffff)))
        .map(points => String.fromCodePoint(...points))
        .filter(text => text.isWellFormed()),
      payload: bytes,
      keyId: fc.string(),
      signature: bytes,
    });
    fc.assert(
      fc.property(envelope, given => {
        expect(readEnvelope(writeEnvelope(given))).toEqual(given);
      }),
    );
  });

  it('is read in no second way of writing it', () => {
    const given = { payloadType: 't', payload: Buffer.from('x'), keyId: 'k', signature: Buffer.from('yz') };
    const text = writeEnvelope(given);
    const value = JSON.parse(text);
    for (const other of [
      text.trimEnd(),
      `${text}\n`,
      ` ${text}`,
      text.replace('{"payload"', '{ "payload"'),
      text.replace('eA==', 'eB=='),
      text.replace('eA==', 'eA'),
      `${JSON.stringify({ ...value, more: 1 })}\n`,
      `${JSON.stringify({ ...value, signatures: [...value.signatures, ...value.signatures] })}\n`,
      `${JSON.stringify({ ...value, signatures: [] })}\n`,
      'null\n',
      '',
    ]) {
      expect(readEnvelope(other), other).toBeUndefined();
    }
  });

  it('survives no text that is none', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => readEnvelope(text) === undefined));
  });

  it.skipIf(missing)(`is accepted by another implementation (${missing ?? 'openssl'})`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vmb-dsse-'));
    try {
      const bundle = path.join(folder, 'bundle');
      await writeBundle(bundle, makeSigner());
      const { payload, payloadType, signatures } = JSON.parse(
        readFileSync(path.join(bundle, 'proof.intoto.jsonl'), 'utf8'),
      );
      const body = Buffer.from(payload, 'base64');
      const message = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body]);
      writeFileSync(path.join(folder, 'message'), message);
      writeFileSync(path.join(folder, 'signature'), Buffer.from(signatures[0].sig, 'base64'));
      const words = ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', path.join(bundle, 'signer.pem')];
      const files = ['-in', path.join(folder, 'message'), '-sigfile', path.join(folder, 'signature')];
      expect(execFileSync('openssl', [...words, ...files], { encoding: 'utf8' })).toContain('Verified Successfully');
      writeFileSync(path.join(folder, 'message'), Buffer.concat([message, Buffer.from(' ')]));
      expect(spawnSync('openssl', [...words, ...files]).status).not.toBe(0);
      const statement = JSON.parse(body.toString());
      expect(statement).toMatchObject({
        _type: 'https://in-toto.io/Statement/v1',
        predicateType: 'urn:vmbridge:proof:1',
        predicate: { verdict: 'login', passed: true, image: { path: '/backups/web.vhdx' } },
      });
      const sums = execFileSync('openssl', ['dgst', '-sha256', '-r', path.join(bundle, 'proof.json')]).toString();
      expect(statement.subject[0]).toEqual({ name: 'proof.json', digest: { sha256: sums.slice(0, 64) } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a statement', () => {
  const about = { keyId: 'k', signedAt: '2026-03-01T12:00:00.000Z' };
  const sum = 'ab'.repeat(32);

  it('is read as it was written', () => {
    const statement = readStatement(writeStatement(new Map([['proof.json', sum]]), { ...about, verdict: 'login' }));
    expect(statement).toMatchObject({
      subject: [{ name: 'proof.json', digest: { sha256: sum } }],
      predicate: { verdict: 'login' },
    });
  });

  it.each([
    ['another type', { _type: 'https://in-toto.io/Statement/v0.1' }],
    ['another predicate', { predicateType: 'https://slsa.dev/provenance/v1' }],
    ['a digest of another kind', { subject: [{ name: 'x', digest: { sha1: 'ab' } }] }],
    ['a digest in capitals', { subject: [{ name: 'x', digest: { sha256: sum.toUpperCase() } }] }],
    ['no time', { predicate: { keyId: 'k' } }],
  ])('is refused with %s', (_, changes) => {
    const whole = JSON.parse(writeStatement(new Map(), about).toString());
    expect(readStatement(Buffer.from(JSON.stringify({ ...whole, ...changes })))).toBeUndefined();
  });
});

describe('names of files', () => {
  it.each(['proof.json', '01-verdict-9.8s.png', 'naïve.log', '..a'.slice(2)])('may be %s', name =>
    expect(isPlainName(name)).toBe(true),
  );
  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    '/etc/passwd',
    'C:x',
    'x:stream',
    'x.',
    'x ',
    'a\0b',
    '.hidden',
    'a\nb',
  ])('may not be %j', name => expect(isPlainName(name)).toBe(false));
  it('lead out of no folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', ':', '\0', ' ') }), name => {
        if (!isPlainName(name)) return;
        for (const system of [path.posix, path.win32]) {
          expect(system.dirname(system.resolve('/folder', name))).toBe(system.resolve('/folder'));
        }
      }),
    );
  });
});

describe('a public key', () => {
  it('is read from PEM', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const read = readPublicKey(writePublicKey(publicKey));
    expect(read && identifyKey(read)).toBe(identifyKey(publicKey));
  });

  it('is neither one of another kind nor a private one', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
    const secret = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    expect([rsa, secret, '', 'x'.repeat(10_000)].map(text => readPublicKey(String(text)))).toEqual(
      Array(4).fill(undefined),
    );
  });
});
