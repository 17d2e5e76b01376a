import { execFile } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import { openFileStore } from '../../../src/host/secret-store/file-store.ts';
import type { SecretStore } from '../../../src/host/secret-store/secret-store.ts';
import { keepSigningKey } from '../../../src/proof/signing/keep-signing-key.ts';
import { openSigner } from '../../../src/proof/signing/open-signer.ts';
import { keyFolder, readNamedKey, readTrustedKeys } from '../../../src/proof/signing/trusted-keys.ts';

let state: string;
const inKeys = (...names: string[]) => path.join(keyFolder(state), ...names);
const secretFile = () => inKeys(readdirSync(inKeys()).find(name => /\.(secret|dpapi)$/.test(name))!);
beforeEach(() => {
  state = mkdtempSync(path.join(tmpdir(), 'vmb-keys-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

function storeThat(changes: Partial<SecretStore>): SecretStore {
  return { ...openFileStore(inKeys()), kind: 'keychain', ...changes };
}

describe('the signing key', () => {
  it('is made at first use and is the same ever after', async () => {
    const first = await keepSigningKey({ state });
    const second = await keepSigningKey({ state });
    expect(second.keyId).toBe(first.keyId);
    expect(first.keyId).toMatch(/^[0-9a-f]{64}$/);
    const bytes = Buffer.from('evidence');
    expect(verify(null, bytes, createPublicKey(first.publicKey), second.sign(bytes))).toBe(true);
    expect(verify(null, Buffer.from('other'), createPublicKey(first.publicKey), second.sign(bytes))).toBe(false);
  });

  it('lies in no file in the clear that another user may read', async () => {
    const { store } = await keepSigningKey({ state });
    expect(readFileSync(inKeys('key.json'), 'utf8')).not.toContain('MC4CAQ');
    if (process.platform === 'win32') return expect(store).toBe('dpapi');
    expect(store).toBe('file');
    expect(statSync(inKeys()).mode & 0o777).toBe(0o700);
    expect(statSync(secretFile()).mode & 0o777).toBe(0o600);
  });

  it('is one, however many processes make it at the same time', { timeout: 60_000 }, async () => {
    const source = path.resolve(import.meta.dirname, '../../../src/proof/signing/keep-signing-key.ts');
    const program = `
      const { keepSigningKey } = await import(${JSON.stringify(source)});
      const keys = await Promise.all([1, 2].map(() => keepSigningKey({ state: ${JSON.stringify(state)} })));
      console.log(keys.map(key => key.keyId).join('\\n'));
    `;
    const words = ['--input-type=module', '-e', program];
    const answers = await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, words)));
    const ids = answers.flatMap(({ stdout }) => stdout.trim().split('\n'));
    expect(ids).toHaveLength(8);
    expect(new Set(ids).size).toBe(1);
    expect((await keepSigningKey({ state })).keyId).toBe(ids[0]);
    expect([...(await readTrustedKeys(state)).keys()]).toEqual([ids[0]]);
    expect(readdirSync(inKeys()).filter(name => /lock|draft/.test(name))).toEqual([]);
  });

  it('goes into the first store that gives it back', async () => {
    const failing = storeThat({ write: () => Promise.reject(new Fault('unavailable', 'It is locked.')) });
    const forgetful = storeThat({ kind: 'secret-service', read: async () => undefined });
    const { store, keyId } = await keepSigningKey({ state, stores: [failing, forgetful, openFileStore(inKeys())] });
    expect(store).toBe('file');
    expect((await keepSigningKey({ state })).keyId).toBe(keyId);
    await expect(keepSigningKey({ state: path.join(state, 'other'), stores: [failing] })).rejects.toMatchObject({
      message: 'It is locked.',
    });
  });

  it('stays in its store: while that does not answer, no second one is made', async () => {
    const keychain = storeThat({});
    const { keyId } = await keepSigningKey({ state, stores: [keychain] });
    const locked = storeThat({ read: () => Promise.reject(new Fault('unavailable', 'It is locked.')) });
    await expect(keepSigningKey({ state, stores: [locked, openFileStore(inKeys())] })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect((await keepSigningKey({ state, stores: [keychain] })).keyId).toBe(keyId);
  });

  const damages: [string, () => void][] = [
    ['a record that is no JSON', () => writeFileSync(inKeys('key.json'), '{"keyId":"')],
    ['an empty record', () => writeFileSync(inKeys('key.json'), '')],
    ['a record of another shape', () => writeFileSync(inKeys('key.json'), '{"keyId":"../../x","store":"file"}')],
    [
      'a folder for a record',
      () => {
        rmSync(inKeys('key.json'));
        mkdirSync(inKeys('key.json'));
      },
    ],
    ['a lost secret', () => rmSync(secretFile())],
    ['an empty secret', () => writeFileSync(secretFile(), '')],
    ['a secret that is none', () => writeFileSync(secretFile(), 'AAAA')],
  ];
  it.skipIf(process.platform === 'win32').each(damages)(
    'with %s is a Fault whose remedy works, and a proof goes on',
    async (_, damage) => {
      const { keyId } = await keepSigningKey({ state });
      damage();
      const fault = await keepSigningKey({ state }).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'host_fault', remedy: expect.stringContaining(inKeys('key.json')) });
      const { signer, warning } = await openSigner({ state });
      expect(signer).toBeUndefined();
      expect(warning).toMatch(/^The evidence is not signed: .*key\.json/);
      rmSync(inKeys('key.json'), { recursive: true });
      const { signer: renewed } = await openSigner({ state });
      expect(renewed?.signature.keyId).not.toBe(keyId);
      expect([...(await readTrustedKeys(state)).keys()]).toContain(keyId);
    },
  );

  it.skipIf(process.platform === 'win32')('of somebody else is noticed', async () => {
    await keepSigningKey({ state });
    const mine = readFileSync(secretFile(), 'utf8');
    rmSync(inKeys(), { recursive: true });
    await keepSigningKey({ state });
    writeFileSync(secretFile(), mine);
    await expect(keepSigningKey({ state })).rejects.toMatchObject({ code: 'host_fault' });
  });

  it('can not be made where nothing can be written', async ({ skip }) => {
    if (process.platform === 'win32' || process.getuid?.() === 0) skip('the user may write anywhere');
    chmodSync(state, 0o500);
    const { warning } = await openSigner({ state });
    chmodSync(state, 0o700);
    expect(warning).toContain('can not be written');
  });

  it('is not waited for when the call is cancelled', async () => {
    const controller = new AbortController();
    const slow = storeThat({
      write: (_name, _secret, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    });
    setTimeout(() => controller.abort(new Fault('cancelled', 'Enough.')), 50);
    await expect(openSigner({ state, stores: [slow], signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(existsSync(inKeys('key.json'))).toBe(false);
    expect(existsSync(inKeys('key.lock'))).toBe(false);
  });
});

describe('keys to trust', () => {
  it('are those made here and those that were put beside them, and nothing else that lies there', async () => {
    const { keyId } = await keepSigningKey({ state });
    const other = mkdtempSync(path.join(tmpdir(), 'vmb-keys-'));
    const foreign = await keepSigningKey({ state: other });
    rmSync(other, { recursive: true, force: true });
    writeFileSync(inKeys('trusted', 'colleague.pem'), foreign.publicKey);
    writeFileSync(inKeys('trusted', 'broken.pem'), 'x');
    writeFileSync(inKeys('trusted', 'huge.pem'), `${foreign.publicKey}${' '.repeat(100_000)}`);
    mkdirSync(inKeys('trusted', 'folder.pem'));
    const keys = await readTrustedKeys(state);
    expect([...keys.keys()].sort()).toEqual([keyId, foreign.keyId].sort());
    expect((await readTrustedKeys(path.join(state, 'nothing'))).size).toBe(0);
  });

  it('by the name of a file have to be there and be public', async () => {
    const file = path.join(state, 'key.pem');
    await expect(readNamedKey(file)).rejects.toMatchObject({ code: 'not_found', data: { field: 'publicKey' } });
    writeFileSync(file, 'x');
    await expect(readNamedKey(file)).rejects.toMatchObject({ code: 'invalid', data: { field: 'publicKey' } });
    const { publicKey, keyId } = await keepSigningKey({ state });
    writeFileSync(file, publicKey);
    expect([...(await readNamedKey(file)).keys()]).toEqual([keyId]);
  });

  it.each<[string, (pem: string) => string | Buffer]>([
    ['with the line ends of Windows', pem => pem.replaceAll('\n', '\r\n')],
    ['in UTF-8 that is marked as such', pem => `\ufeff${pem}`],
    ['in UTF-16, as a shell of Windows writes it', pem => Buffer.from(`\ufeff${pem}`, 'utf16le')],
    ['below a comment', pem => `# of the backup host\n${pem}`],
  ])('are read %s', async (_, write) => {
    const { publicKey, keyId } = await keepSigningKey({ state });
    const file = path.join(state, 'key.pem');
    writeFileSync(file, write(publicKey));
    expect([...(await readNamedKey(file)).keys()]).toEqual([keyId]);
  });

  it.skipIf(process.platform === 'win32')('are read behind a link, too', async () => {
    const { publicKey, keyId } = await keepSigningKey({ state });
    writeFileSync(path.join(state, 'key.pem'), publicKey);
    symlinkSync(path.join(state, 'key.pem'), path.join(state, 'link.pem'));
    expect([...(await readNamedKey(path.join(state, 'link.pem'))).keys()]).toEqual([keyId]);
  });
});
