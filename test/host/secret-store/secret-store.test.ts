import { spawnSync } from 'node:child_process';
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
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPaths } from '../../../src/host/paths.ts';
import { openDpapiStore } from '../../../src/host/secret-store/dpapi-store.ts';
import { openFileStore } from '../../../src/host/secret-store/file-store.ts';
import { openKeychainStore } from '../../../src/host/secret-store/keychain-store.ts';
import { listKeyStores, listSecretStores } from '../../../src/host/secret-store/list-secret-stores.ts';
import { loadKeyring } from '../../../src/host/secret-store/load-keyring.ts';
import { openSecretServiceStore } from '../../../src/host/secret-store/secret-service-store.ts';
import type { SecretStore } from '../../../src/host/secret-store/secret-store.ts';
import { writeStandIn } from './support/stand-in-programs.ts';

const secret = 'MC4CAQAwBQYDK2VwBCIEIN+zR/8s==';
const onPosix = process.platform !== 'win32';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stores: Record<string, () => SecretStore> = {
  'as files': () => openFileStore(path.join(folder, 'keys')),
  'by the data protection of Windows': () =>
    openDpapiStore({ folder: path.join(folder, 'keys'), program: writeStandIn(folder, 'powershell') }),
  'in a keychain': () => openKeychainStore(writeStandIn(folder, 'security')),
  'in a Secret Service': () => openSecretServiceStore(writeStandIn(folder, 'secret-tool')),
};

describe.skipIf(!onPosix).each(Object.entries(stores))('secrets kept %s', (_, open) => {
  it('are given back, replaced, and told apart by name', async () => {
    const store = open();
    expect(await store.read('one')).toBeUndefined();
    await store.write('one', secret);
    await store.write('two', 'other');
    expect([await store.read('one'), await store.read('two')]).toEqual([secret, 'other']);
    await store.write('one', 'third');
    expect(await store.read('one')).toBe('third');
    expect(await open().read('one')).toBe('third');
  });

  it('never show among the arguments of a program', async () => {
    const store = open();
    await store.write('one', secret);
    await store.read('one');
    const log = path.join(folder, 'arguments.log');
    const words = existsSync(log) ? readFileSync(log, 'utf8') : '';
    expect(words).not.toContain(secret.slice(0, 12));
    expect(words).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12));
  });

  it('and their names can not be what would have to be quoted', async () => {
    const store = open();
    for (const name of ['', '../x', 'a/b', 'a b', 'a"b', "a'b", '-w x', 'a\nb', '$x', 'x'.repeat(200)]) {
      await expect(store.read(name), name).rejects.toThrow(TypeError);
      await expect(store.write(name, secret), name).rejects.toThrow(TypeError);
    }
    if (store.kind === 'dpapi') return;
    for (const wrong of ['a b', 'a\nadd-generic-password', '', '"', 'x'.repeat(5000)]) {
      await expect(store.write('one', wrong), wrong).rejects.toThrow(TypeError);
    }
  });
});

describe.skipIf(!onPosix)('the program of a store', () => {
  const broken = (name: 'chatty' | 'stuck') => {
    const program = writeStandIn(folder, name);
    return [
      openDpapiStore({ folder: path.join(folder, 'keys'), program }),
      openKeychainStore(program),
      openSecretServiceStore(program),
    ];
  };

  it('that fails and prints the secret gives a Fault without it', async () => {
    for (const store of broken('chatty')) {
      const fault = await store.write('one', secret).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'unavailable', remedy: expect.any(String) });
      expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toMatch(/MC4CAQ|TUM0Q0/);
    }
  });

  it('that never ends is left when the call is cancelled', async () => {
    for (const store of broken('stuck')) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 300);
      const fault = await store.write('one', secret, controller.signal).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'cancelled' });
      expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toMatch(/MC4CAQ|TUM0Q0/);
    }
  });

  it('that is missing gives a Fault', async () => {
    await expect(openSecretServiceStore(path.join(folder, 'nothing')).read('one')).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('can not read what another Windows has protected', async () => {
    const store = stores['by the data protection of Windows']!();
    await store.write('one', secret);
    const [file] = readdirSync(path.join(folder, 'keys'));
    expect(readFileSync(path.join(folder, 'keys', file!), 'utf8')).not.toContain(secret);
    writeFileSync(path.join(folder, 'keys', file!), Buffer.from('from elsewhere').toString('base64'));
    await expect(store.read('one')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe.skipIf(!onPosix)('a secret that is a file', () => {
  it('is for this user alone, in a folder for this user alone', async () => {
    const keys = path.join(folder, 'keys');
    mkdirSync(keys, { mode: 0o777 });
    chmodSync(keys, 0o777);
    await openFileStore(keys).write('one', secret);
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(keys, 'one.secret')).mode & 0o777).toBe(0o600);
  });

  it('is not used when others may read it, nor through a link', async () => {
    const store = openFileStore(folder);
    await store.write('one', secret);
    chmodSync(path.join(folder, 'one.secret'), 0o640);
    await expect(store.read('one')).rejects.toMatchObject({ code: 'denied', remedy: expect.stringContaining('chmod') });
    chmodSync(path.join(folder, 'one.secret'), 0o600);
    symlinkSync(path.join(folder, 'one.secret'), path.join(folder, 'two.secret'));
    await expect(store.read('two')).rejects.toMatchObject({ code: 'denied' });
    mkdirSync(path.join(folder, 'three.secret'));
    await expect(store.read('three')).rejects.toMatchObject({ code: 'denied' });
  });
});

describe('the stores for a new secret', () => {
  const kinds = async (...places: Parameters<typeof listSecretStores>) =>
    (await listSecretStores(...places)).map(({ kind }) => kind);

  it('are those of the system, then a file', async () => {
    const windows = { LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' };
    const { state } = findPaths(windows, 'win32');
    expect(await kinds({ folder, state, platform: 'win32', environment: windows })).toEqual(['dpapi', 'file']);
    const mac = { XDG_STATE_HOME: '/Users/a/state' };
    const places = { folder, state: '/Users/a/state/vmbridge', environment: mac };
    expect(await kinds({ ...places, platform: 'darwin' })).toEqual(['keychain', 'file']);
    expect(await kinds({ ...places, platform: 'linux' })).toEqual(['file']);
  });

  it('are never a keyring for a state folder of its own', async () => {
    const environment = { VMBRIDGE_HOME: folder, XDG_STATE_HOME: '/home/a/state' };
    const { state } = findPaths(environment, 'darwin');
    expect(await kinds({ folder, state, platform: 'darwin', environment })).toEqual(['file']);
    expect(await kinds({ folder, state, platform: 'win32', environment })).toEqual(['dpapi', 'file']);
  });

  it.skipIf(!onPosix)('are the Secret Service where there is its program and the bus of a session', async () => {
    writeStandIn(folder, 'secret-tool');
    const environment = { PATH: folder, XDG_STATE_HOME: '/home/a/state' };
    const places = { folder, state: '/home/a/state/vmbridge', platform: 'linux' } as const;
    expect(await kinds({ ...places, environment })).toEqual(['file']);
    const bus = { ...environment, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus' };
    expect(await kinds({ ...places, environment: bus })).toEqual(['secret-service', 'file']);
    expect(await kinds({ ...places, environment: { ...bus, PATH: '/nowhere' } })).toEqual(['file']);
    const runtime = { ...environment, XDG_RUNTIME_DIR: folder };
    expect(await kinds({ ...places, environment: runtime })).toEqual(['file']);
    const server = createServer().listen(path.join(folder, 'bus'));
    await new Promise(resolve => server.once('listening', resolve));
    expect(await kinds({ ...places, environment: runtime })).toEqual(['secret-service', 'file']);
    await new Promise(resolve => server.close(resolve));
  });
});

describe('the stores for the key of all other secrets', () => {
  const kinds = async (...places: Parameters<typeof listKeyStores>) =>
    (await listKeyStores(...places)).map(({ kind }) => kind);
  const byLibrary = loadKeyring() === undefined ? [] : ['keyring'];

  it('are those of the system, by the library first, and never a plain file', async () => {
    const windows = { LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' };
    const { state } = findPaths(windows, 'win32');
    expect(await kinds({ folder, state, platform: 'win32', environment: windows })).toEqual([...byLibrary, 'dpapi']);
    const places = { folder, state: '/home/a/state/vmbridge' };
    const user = { XDG_STATE_HOME: '/home/a/state', PATH: '/nowhere' };
    expect(await kinds({ ...places, platform: 'darwin', environment: user })).toEqual([...byLibrary, 'keychain']);
    // Without a session there is no Secret Service, and the memory of the kernel is no place for it.
    expect(await kinds({ ...places, platform: 'linux', environment: user })).toEqual([]);
    const session = { ...user, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus' };
    expect(await kinds({ ...places, platform: 'linux', environment: session })).toEqual(byLibrary);
  });

  it('are none that others share for a state folder of its own', async () => {
    const environment = {
      VMBRIDGE_HOME: folder,
      XDG_STATE_HOME: '/home/a/state',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x',
    };
    const { state } = findPaths(environment, 'linux');
    expect(await kinds({ folder, state, platform: 'linux', environment })).toEqual([]);
    expect(await kinds({ folder, state, platform: 'darwin', environment })).toEqual([]);
    expect(await kinds({ folder, state, platform: 'win32', environment })).toEqual(['dpapi']);
  });
});

/** A session of its own with a keyring in a home of its own; the test is another program in it. */
const missing = ['dbus-run-session', 'gnome-keyring-daemon', 'secret-tool'].find(
  name => spawnSync(name, ['--version']).error !== undefined,
);

describe.skipIf(missing !== undefined)(
  `a real Secret Service (${missing ?? 'there'} ${missing ? 'is missing' : ''})`,
  () => {
    it('keeps a secret', { timeout: 60_000 }, () => {
      const source = path.resolve(import.meta.dirname, '../../../src/host/secret-store/secret-service-store.ts');
      const program = `
      const { openSecretServiceStore } = await import(${JSON.stringify(source)});
      const store = openSecretServiceStore();
      const before = await store.read('one');
      await store.write('one', ${JSON.stringify(secret)});
      console.log(JSON.stringify([before ?? null, await store.read('one'), (await store.read('two')) ?? null]));
    `;
      const script =
        'printf x | gnome-keyring-daemon --unlock --components=secrets >&2 && "$0" --input-type=module -e "$1"';
      const { stdout, stderr } = spawnSync('dbus-run-session', ['--', 'sh', '-c', script, process.execPath, program], {
        encoding: 'utf8',
        env: { ...process.env, HOME: folder, XDG_DATA_HOME: path.join(folder, 'data'), XDG_RUNTIME_DIR: folder },
        timeout: 50_000,
      });
      expect(stdout.trim(), stderr).toBe(JSON.stringify([null, secret, null]));
    });
  },
);
