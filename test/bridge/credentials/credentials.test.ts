import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Credentials } from '../../../src/bridge/credentials/credentials.ts';
import { openFileStore } from '../../../src/host/secret-store/file-store.ts';
import type { SecretStore } from '../../../src/host/secret-store/secret-store.ts';
import type { HostSettings } from '../../../src/model/host.ts';

const source = path.resolve(import.meta.dirname, '../../../src');
let state: string;
beforeEach(() => {
  state = mkdtempSync(path.join(tmpdir(), 'vmb-credentials-'));
});
afterEach(() => {
  delete process.env.VMBRIDGE_PASSPHRASE_FILE;
  rmSync(state, { recursive: true, force: true });
});

/** A store of the system that works, as files. */
function keyring(): SecretStore {
  return { ...openFileStore(path.join(state, 'keyring')), kind: 'keyring' };
}

function open(stores: readonly SecretStore[] = [keyring()], hosts: Record<string, HostSettings> = {}): Credentials {
  return new Credentials({ state, stores, hosts: () => hosts });
}

function writePassphrase(text: string): void {
  const file = path.join(state, 'passphrase');
  writeFileSync(file, text, { mode: 0o600 });
  process.env.VMBRIDGE_PASSPHRASE_FILE = file;
}

const place = () => path.join(state, 'credentials/secrets.vmb');

describe('secrets whose key a store of the system keeps', () => {
  it('are given back by name, replaced and forgotten, by other processes too', async () => {
    const credentials = open();
    await credentials.set('lab', 'one');
    await credentials.set('other', 'two');
    expect([await credentials.read('lab'), await open().read('other')]).toEqual(['one', 'two']);
    expect(await open().set('lab', 'three')).toMatchObject({ name: 'lab', store: 'keyring', usedBy: [] });
    expect(await credentials.read('lab')).toBe('three');
    await open().remove('lab');
    await expect(credentials.read('lab')).rejects.toMatchObject({
      code: 'not_found',
      remedy: expect.stringContaining('vmbridge credential set lab'),
    });
    expect(await credentials.read('other')).toBe('two');
  });

  it('may be any text', async () => {
    const credentials = open();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), async secret => {
        await credentials.set('lab', secret);
        expect(await open().read('lab')).toBe(secret);
      }),
      { numRuns: 25 },
    );
    const long = '\u{1f511}'.repeat(2048);
    await credentials.set('long', long);
    expect(await open().read('long')).toBe(long);
  });

  it('are listed without a secret, with who uses them and what is missing', async () => {
    const host = { provider: 'proxmox', addresses: ['pve'] };
    const hosts = { lab: { ...host, credential: 'lab', totp: 'code' }, desk: { ...host, clientKeyPassword: 'lab' } };
    const credentials = open(undefined, hosts);
    await credentials.set('lab', 'very secret');
    const list = await credentials.list();
    expect(list).toEqual([{ name: 'lab', store: 'keyring', keptAt: expect.any(String), usedBy: ['desk', 'lab'] }]);
    expect(await credentials.missing()).toEqual(['code']);
    expect(readFileSync(place(), 'latin1')).not.toContain('very secret');
  });

  it('are in a file for this user alone', async () => {
    await open().set('lab', 'one');
    if (process.platform === 'win32') return;
    expect(statSync(place()).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(place())).mode & 0o777).toBe(0o700);
  });

  it('do not open when the key is gone, and are not written over', async () => {
    await open().set('lab', 'one');
    const before = readFileSync(place());
    rmSync(path.join(state, 'keyring'), { recursive: true });
    await expect(open().read('lab')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(open().set('other', 'two')).rejects.toMatchObject({ code: 'unavailable' });
    expect(readFileSync(place()).equals(before)).toBe(true);
  });

  it('go to the next store when the first does not take the key', async () => {
    const broken: SecretStore = {
      kind: 'secret-service',
      read: async () => undefined,
      write: async () => {
        throw new Error('locked');
      },
    };
    expect(await open([broken, keyring()]).set('lab', 'one')).toMatchObject({ store: 'keyring' });
  });
});

describe('a file that is not as it was written', () => {
  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
    ['edited', (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('"lab"', '"LAB"'), 'latin1')],
    ['of another kind', () => Buffer.from('{}')],
  ])('is told and never written over: %s', async (_, change) => {
    await open().set('lab', 'one');
    const bytes = Buffer.from(change(readFileSync(place())));
    writeFileSync(place(), bytes);
    const credentials = open();
    const works = [
      () => credentials.read('lab'),
      () => credentials.set('x', 'y'),
      () => credentials.list(),
      () => credentials.remove('lab'),
    ];
    for (const work of works)
      await expect(work()).rejects.toMatchObject({ code: 'host_fault', data: { path: place() } });
    expect(readFileSync(place()).equals(bytes)).toBe(true);
  });
});

describe('secrets without a store of the system', () => {
  it('need a passphrase, and the Fault names both ways out', async () => {
    const fault = await open([])
      .set('lab', 'one')
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'unavailable', data: { passphrase: 'new' } });
    expect((fault as { remedy: string }).remedy).toMatch(/keyring.*VMBRIDGE_PASSPHRASE_FILE/);
    expect(existsSync(place())).toBe(false);
  });

  it('are sealed with the passphrase of a file, and open with no other', async () => {
    writePassphrase('correct horse battery\n');
    expect(await open([]).set('lab', 'one')).toMatchObject({ store: 'passphrase' });
    expect(await open([]).read('lab')).toBe('one');
    const before = readFileSync(place());
    writePassphrase('wrong horse battery');
    await expect(open([]).read('lab')).rejects.toMatchObject({ code: 'denied', data: { passphrase: 'known' } });
    await expect(open([]).set('lab', 'two')).rejects.toMatchObject({ code: 'denied' });
    delete process.env.VMBRIDGE_PASSPHRASE_FILE;
    await expect(open([]).read('lab')).rejects.toMatchObject({ code: 'unavailable', data: { passphrase: 'known' } });
    // Names are no secret.
    expect(await open([]).list()).toHaveLength(1);
    expect(readFileSync(place()).equals(before)).toBe(true);
    // Typed with an accent that is composed in another way.
    rmSync(place());
    writePassphrase('pass-phr\u00e4se');
    await open([]).set('lab', 'one');
    writePassphrase('pass-phra\u0308se');
    expect(await open([]).read('lab')).toBe('one');
  });

  it('take no passphrase that is short, or in a file that others may read', async () => {
    writePassphrase('short');
    await expect(open([]).set('lab', 'one')).rejects.toMatchObject({ code: 'invalid' });
    writePassphrase('');
    await expect(open([]).set('lab', 'one')).rejects.toMatchObject({ code: 'denied' });
    writePassphrase('long enough, surely');
    if (process.platform !== 'win32') {
      chmodSync(path.join(state, 'passphrase'), 0o644);
      await expect(open([]).set('lab', 'one')).rejects.toMatchObject({
        code: 'denied',
        remedy: expect.stringContaining('chmod'),
      });
    }
    process.env.VMBRIDGE_PASSPHRASE_FILE = path.join(state, 'nothing');
    await expect(open([]).set('lab', 'one')).rejects.toMatchObject({ code: 'denied' });
    process.env.VMBRIDGE_PASSPHRASE_FILE = state;
    await expect(open([]).set('lab', 'one')).rejects.toMatchObject({ code: 'denied' });
    expect(existsSync(place())).toBe(false);
  });
});

describe('two processes that keep secrets', () => {
  const program = (names: string) => `
    const { Credentials } = await import(${JSON.stringify(path.join(source, 'bridge/credentials/credentials.ts'))});
    const { openFileStore } = await import(${JSON.stringify(path.join(source, 'host/secret-store/file-store.ts'))});
    const keyring = { ...openFileStore(process.argv[1] + '/keyring'), kind: 'keyring' };
    const credentials = new Credentials({ state: process.argv[1], stores: [keyring], hosts: () => ({}) });
    console.log('ready');
    ${names}
  `;
  const start = (code: string) =>
    spawn(process.execPath, ['--input-type=module', '-e', program(code), state], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  it('lose none of them', async () => {
    await open().set('first', 'x');
    const children = ['a', 'b', 'c'].map(letter =>
      start(`for (let i = 0; i < 5; i++) await credentials.set('${letter}' + i, 'secret ' + i);`),
    );
    await Promise.all(children.map(child => once(child, 'close')));
    const credentials = open();
    expect(await credentials.list()).toHaveLength(16);
    expect(await credentials.read('c4')).toBe('secret 4');
  });

  it('leave the old file or the new one, whenever one of them is killed', { timeout: 30_000 }, async () => {
    await open().set('stays', 'as it is');
    for (let round = 0; round < 4; round++) {
      const child = start(`for (let i = 0; ; i++) await credentials.set('n' + i % 20, 'x'.repeat(4000));`);
      await once(child.stdout!, 'data');
      await delay(15 + round * 31);
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(await open().read('stays')).toBe('as it is');
    }
    await open().set('after', 'the kills');
    expect(await open().read('after')).toBe('the kills');
  });
});

/** A session of its own with a keyring in a home of its own; the test is another program in it. */
const missing = ['dbus-run-session', 'gnome-keyring-daemon'].find(
  name => spawnSync(name, ['--version']).error !== undefined,
);

describe.skipIf(missing !== undefined)(`with a real Secret Service (${missing ?? 'there'})`, () => {
  it('the library keeps the key there, and the secrets open again', { timeout: 60_000 }, () => {
    const main = path.join(source, 'main.ts');
    const script = `printf x | gnome-keyring-daemon --unlock --components=secrets >&2
      printf 'tök"en' | "$0" "$1" credential set lab - --json && "$0" "$1" credential list --json &&
      "$0" --input-type=module -e "$2"`;
    const read = `
      const { Credentials } = await import(${JSON.stringify(path.join(source, 'bridge/credentials/credentials.ts'))});
      const { findPaths } = await import(${JSON.stringify(path.join(source, 'host/paths.ts'))});
      console.log(await new Credentials({ state: findPaths().state, hosts: () => ({}) }).read('lab'));`;
    const { VMBRIDGE_HOME: _, XDG_STATE_HOME: __, XDG_CONFIG_HOME: ___, ...environment } = process.env;
    const words = ['--', 'sh', '-c', script, process.execPath, main, read];
    const runInSession = (variables: NodeJS.ProcessEnv) =>
      spawnSync('dbus-run-session', words, {
        encoding: 'utf8',
        env: { ...variables, HOME: state, XDG_DATA_HOME: path.join(state, 'data'), XDG_RUNTIME_DIR: state },
        timeout: 50_000,
      });
    const { stdout, stderr } = runInSession(environment);
    expect(stdout, stderr).toContain('"store": "keyring"');
    expect(stdout.trim().split('\n').at(-1), stderr).toBe('tök"en');
    // As where the library is not installed.
    const program = spawnSync('secret-tool', ['--version']).error === undefined ? 'secret-service' : undefined;
    const without = { ...environment, NAPI_RS_NATIVE_LIBRARY_PATH: path.join(state, 'nothing') };
    const other = runInSession({ ...without, XDG_STATE_HOME: path.join(state, 'other') });
    if (program !== undefined) expect(other.stdout, other.stderr).toContain(`"store": "${program}"`);
    if (program !== undefined) expect(other.stdout.trim().split('\n').at(-1), other.stderr).toBe('tök"en');
    const kept = readdirSync(state, { recursive: true }).filter(name => String(name).endsWith('secrets.vmb'));
    expect(kept).toHaveLength(program === undefined ? 1 : 2);
  });
});

// Last: the process keeps what it took out of its environment.
describe('a passphrase of the environment', () => {
  it('opens secrets, and no other program inherits it', async () => {
    process.env.VMBRIDGE_PASSPHRASE = 'from the environment';
    const credentials = open([]);
    expect(process.env.VMBRIDGE_PASSPHRASE).toBeUndefined();
    await credentials.set('lab', 'one');
    expect(await open([]).read('lab')).toBe('one');
  });
});
