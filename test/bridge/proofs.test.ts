import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEvidence } from '../../src/proof/evidence/open-evidence.ts';
import { openSigner } from '../../src/proof/signing/open-signer.ts';
import { makeSigner, sampleProof, writeBundle } from '../proof/signing/support/sample-bundle.ts';
import { openTestBridge, type TestBridge } from '../rpc/support/test-bridge.ts';

let test: TestBridge;
let outside: string;
const state = () => path.join(test.home, 'state');
const evidence = (...names: string[]) => path.join(state(), 'evidence', ...names);

beforeAll(async () => {
  test = await openTestBridge({ memory: false });
  outside = mkdtempSync(path.join(tmpdir(), 'vmb-bundle-'));
  const { signer } = await openSigner({ state: state() });
  await writeBundle(evidence('web-1'), signer, sampleProof({ id: 'web-1' }));
  await writeBundle(path.join(outside, 'foreign'), makeSigner());
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  rmSync(outside, { recursive: true, force: true });
});

describe('proof.verify', () => {
  it('accepts what was signed here, by folder, by a file in it, and by id', async () => {
    const { keyId } = await test.call('proof.key');
    for (const folder of [
      evidence('web-1'),
      evidence('web-1', 'proof.intoto.jsonl'),
      evidence('web-1', 'proof.json'),
      'web-1',
    ]) {
      expect(await test.call('proof.verify', { folder })).toMatchObject({
        valid: true,
        signed: { keyId, verdict: 'login' },
      });
    }
  });

  it('accepts what a key that was given has signed, and no other', async () => {
    const folder = path.join(outside, 'foreign');
    expect(await test.call('proof.verify', { folder })).toMatchObject({
      valid: false,
      problem: {
        file: 'proof.intoto.jsonl',
        reason: expect.stringMatching(/not among the keys to trust: .*put it into .*keys.trusted/),
      },
    });
    const publicKey = path.join(folder, 'signer.pem');
    expect(await test.call('proof.verify', { folder, publicKey })).toMatchObject({ valid: true });
    expect(await test.call('proof.verify', { folder: 'web-1', publicKey })).toMatchObject({ valid: false });
  });

  it('accepts what a key beside the own ones has signed', async () => {
    const folder = path.join(outside, 'colleague');
    const signer = makeSigner();
    await writeBundle(folder, signer);
    expect(await test.call('proof.verify', { folder })).toMatchObject({ valid: false });
    writeFileSync(path.join(state(), 'keys', 'trusted', 'colleague.pem'), signer.publicKey);
    expect(await test.call('proof.verify', { folder })).toMatchObject({ valid: true });
  });

  it('takes an older proof in the place of another one for what it is', async () => {
    cpSync(evidence('web-1'), evidence('web-9'), { recursive: true });
    const problem = { file: 'proof.intoto.jsonl', reason: 'is that of the proof "web-1", and not of "web-9"' };
    for (const folder of ['web-9', evidence('web-9'), evidence('web-9', 'proof.json')]) {
      expect(await test.call('proof.verify', { folder })).toMatchObject({ valid: false, problem });
    }
    rmSync(evidence('web-9'), { recursive: true });
    // A copy elsewhere may be called what it likes: it says itself what it is.
    cpSync(evidence('web-1'), path.join(outside, 'copy'), { recursive: true });
    const signed = { id: 'web-1', image: '/backups/web.vhdx' };
    expect(await test.call('proof.verify', { folder: path.join(outside, 'copy') })).toMatchObject({
      valid: true,
      signed,
    });
  });

  it('answers that a file was changed, and fails only where there is no evidence', async () => {
    const folder = path.join(outside, 'changed');
    await writeBundle(folder, makeSigner());
    appendFileSync(path.join(folder, 'serial.log'), 'x');
    expect(await test.call('proof.verify', { folder })).toMatchObject({
      valid: false,
      problem: { file: 'serial.log' },
    });
    mkdirSync(path.join(outside, 'empty'));
    for (const place of [path.join(outside, 'nothing'), path.join(outside, 'empty'), '../web-1', 'no such proof']) {
      await expect(test.call('proof.verify', { folder: place })).rejects.toMatchObject({
        code: 'not_found',
        data: { field: 'folder' },
      });
    }
    await expect(
      test.call('proof.verify', { folder, publicKey: path.join(folder, 'serial.log') }),
    ).rejects.toMatchObject({
      code: 'invalid',
      data: { field: 'publicKey' },
    });
  });

  it('writes nothing', async () => {
    const before = statSync(evidence('web-1')).mtimeMs;
    await test.call('proof.verify', { folder: 'web-1' });
    expect(statSync(evidence('web-1')).mtimeMs).toBe(before);
  });
});

describe('proof.list and proof.get', () => {
  it('tell of proofs here and elsewhere', async () => {
    const named = await openEvidence(path.join(outside, 'named'), evidence(), '/b/db.vhdx', new Date());
    await named.finish(sampleProof({ id: named.id, passed: false, startedAt: '2026-03-02T12:00:00.000Z' }));
    const { proofs, total, trends } = await test.call('proof.list');
    expect(proofs.map((proof: { id: string }) => proof.id)).toEqual([named.id, 'web-1']);
    expect([total, trends]).toMatchObject([2, [{ image: '/backups/web.vhdx', proofs: 2, passed: 1 }]]);
    expect((await test.call('proof.list', { state: 'failed' })).total).toBe(1);
    expect((await test.call('proof.list', { state: 'passed', limit: 5000 })).proofs).toMatchObject([{ id: 'web-1' }]);
    expect((await test.call('proof.list', { state: 'frozen' })).total).toBe(0);
    expect((await test.call('proof.list', { offset: 1 })).proofs).toMatchObject([{ id: 'web-1' }]);
    expect(await test.call('proof.get', { id: named.id })).toMatchObject({
      proof: { id: named.id, verdict: { state: 'login' } },
      trend: { recent: ['login', 'login'] },
    });
    await expect(test.call('proof.get', { id: '../web-1' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(test.call('proof.get', { id: 'Web-2' })).rejects.toMatchObject({
      code: 'not_found',
      remedy: 'Did you mean "web-1"? List them: vmbridge proofs',
    });
    await expect(test.call('proof.get', { id: 'mail-1' })).rejects.toMatchObject({
      remedy: 'List them: vmbridge proofs',
    });
    await expect(test.call('proof.list', { state: 'fialed' })).rejects.toMatchObject({
      code: 'invalid',
      data: { field: 'state' },
      remedy: expect.stringContaining('failed, '),
    });
  });
});

describe('proof.key', () => {
  it('gives the public key, and writes it into a new file', async () => {
    const target = path.join(outside, 'key.pem');
    const { publicKey, keyId } = await test.call('proof.key', { target });
    expect(readFileSync(target, 'utf8')).toBe(publicKey);
    expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(JSON.parse(readFileSync(evidence('web-1', 'proof.json'), 'utf8')).signature.keyId).toBe(keyId);
    await expect(test.call('proof.key', { target })).rejects.toMatchObject({ code: 'conflict' });
    expect(test.audit().some(line => line.tool === 'proof.key' && JSON.stringify(line).includes('key.pem'))).toBe(true);
  });

  it('writes no file while only reading is allowed', async () => {
    await using guarded = await openTestBridge({ memory: false, flags: { readOnly: true } });
    const target = path.join(outside, 'guarded.pem');
    await expect(guarded.call('proof.key', { target })).rejects.toMatchObject({ code: 'denied' });
    expect(existsSync(target)).toBe(false);
    expect(await guarded.call('proof.key')).toMatchObject({ keyId: expect.any(String) });
  });

  it('says what to do about a key that is damaged', async () => {
    await using damaged = await openTestBridge({ memory: false });
    mkdirSync(path.join(damaged.home, 'state', 'keys'), { recursive: true });
    writeFileSync(path.join(damaged.home, 'state', 'keys', 'key.json'), '{');
    await expect(damaged.call('proof.key')).rejects.toMatchObject({
      code: 'host_fault',
      remedy: expect.stringContaining('key.json'),
    });
  });
});
