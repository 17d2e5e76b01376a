import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
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
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withValueAt } from '../../../src/bridge/configuration/dotted-key.ts';
import { type Edit, editConfiguration } from '../../../src/bridge/configuration/edit.ts';
import { listDefaults } from '../../../src/bridge/configuration/known-keys.ts';
import { configurationSchema } from '../../../src/bridge/configuration/schema.ts';
import { HostBook } from '../../../src/bridge/hosts/host-book.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-edit-'));
  file = path.join(folder, 'config.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const edit = (change: Edit) => editConfiguration(file, new AbortController().signal, change);
const set = (key: string, value: unknown) => edit(raw => withValueAt(raw, key.split('.'), value));
const content = () => JSON.parse(readFileSync(file, 'utf8'));
const host = { provider: 'proxmox', addresses: ['pve1.lab:8006'] };

describe('a change of the configuration', () => {
  it('makes the file, for this user alone', async () => {
    await set('log.level', 'debug');
    expect(content()).toEqual({ log: { level: 'debug' } });
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['config.json']);
  });

  it('keeps all else, its order, how it is indented, and the mode of the file', async () => {
    const text = '\ufeff{\n\t"readOnly": false,\n\t"log": {"stderr":"silent"},\n\t"machines": ["a*"]\n}';
    writeFileSync(file, text);
    if (process.platform !== 'win32') chmodSync(file, 0o640);
    await set('log.level', 'debug');
    expect(readFileSync(file, 'utf8')).toBe(
      '{\n\t"readOnly": false,\n\t"log": {\n\t\t"stderr": "silent",\n\t\t"level": "debug"\n\t},\n\t"machines": [\n\t\t"a*"\n\t]\n}\n',
    );
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o640);
    await set('log.stderr', 'warn');
    expect(Object.keys(content())).toEqual(['readOnly', 'log', 'machines']);
  });

  it.skipIf(process.platform === 'win32')('goes to where a link leads', async () => {
    const real = path.join(folder, 'real.json');
    writeFileSync(real, '{}');
    symlinkSync(real, file);
    await set('readOnly', true);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('readOnly');
  });

  it.each([
    ['log.levle', 'debug', 'log.levle'],
    ['log.level', 'loud', 'log.level'],
    ['log', 'debug', 'log'],
    ['providers.memroy.enabled', true, 'providers.memroy'],
    ['hosts.lab', { ...host, provider: 'xen' }, 'hosts.lab.provider'],
    ['hosts.lab', { ...host, secret: 'x' }, 'hosts.lab.secret'],
    ['hosts.Lab', host, 'hosts.Lab'],
    ['hosts.local', host, 'hosts.local'],
    ['__proto__.readOnly', true, '__proto__'],
    ['constructor', 'x', 'constructor'],
  ])('that would make it wrong is refused: %s', async (key, value, wrong) => {
    writeFileSync(file, '{ "readOnly": true }');
    await expect(set(key, value)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(`"${wrong}"`),
      data: { field: wrong },
    });
    expect(readFileSync(file, 'utf8')).toBe('{ "readOnly": true }');
    expect({}).not.toHaveProperty('readOnly');
  });

  it.each(['{', '[]', '{"unknown": 1}'])('is refused while the file is wrong already: %s', async text => {
    writeFileSync(file, text);
    await expect(set('readOnly', true)).rejects.toMatchObject({ code: 'invalid' });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('and back again leaves what was there', async () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const value = fc.jsonValue({ maxDepth: 2 }).filter(json => !isEmptyObject(json));
    const settings = fc.dictionary(word, value, { maxKeys: 4 }).filter(json => !('enabled' in json));
    await fc.assert(
      fc.asyncProperty(settings, word, value, async (before, key, added) => {
        if (Object.hasOwn(before, key) || key === 'enabled') return;
        const whole = { readOnly: true, providers: { memory: { enabled: true, ...before } }, machines: ['*'] };
        writeFileSync(file, JSON.stringify(whole));
        await set(`providers.memory.${key}`, added);
        const written = readFileSync(file, 'utf8');
        expect(content().providers.memory[key]).toEqual(JSON.parse(JSON.stringify(added)));
        await set(`providers.memory.${key}`, added);
        expect(readFileSync(file, 'utf8')).toBe(written);
        await set(`providers.memory.${key}`, undefined);
        expect(content()).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
      { numRuns: 40 },
    );
  });

  it('waits for another writer, and the old content or the new is there whenever one is killed', {
    timeout: 30_000,
  }, async () => {
    const source = path.resolve(import.meta.dirname, '../../../src/bridge/configuration');
    const program = (letter: string, end: string) => `
      const { editConfiguration } = await import(${JSON.stringify(path.join(source, 'edit.ts'))});
      const { withValueAt } = await import(${JSON.stringify(path.join(source, 'dotted-key.ts'))});
      const signal = new AbortController().signal;
      console.log('ready');
      for (let i = 0; ${end}; i++) {
        const change = raw => withValueAt(raw, ['hosts', '${letter}' + i % 10], { provider: 'proxmox', addresses: ['x'.repeat(300)] });
        await editConfiguration(${JSON.stringify(file)}, signal, change);
      }`;
    const start = (letter: string, end: string) =>
      spawn(process.execPath, ['--input-type=module', '-e', program(letter, end)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    await Promise.all(['a', 'b'].map(letter => once(start(letter, 'i < 10'), 'close')));
    expect(Object.keys(content().hosts)).toHaveLength(20);
    for (let round = 0; round < 3; round++) {
      const child = start('c', 'true');
      await once(child.stdout!, 'data');
      await delay(20 + round * 37);
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(configurationSchema.safeParse(content()).success).toBe(true);
    }
    await set('readOnly', true);
    expect(content()).toMatchObject({ readOnly: true, hosts: { a0: {}, b9: {} } });
  });
});

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

describe('the known keys', () => {
  it('are all that the schema has, but for what somebody names', () => {
    const leaves = Object.entries(configurationSchema.shape).flatMap(([key, schema]) => {
      const inner = schema.unwrap();
      return 'shape' in inner ? Object.keys(inner.shape).map(below => `${key}.${below}`) : [key];
    });
    const expected = leaves.filter(key => key !== 'hosts' && key !== 'providers').sort();
    expect(
      Object.keys(listDefaults())
        .filter(key => !key.startsWith('providers.'))
        .sort(),
    ).toEqual(expected);
  });
});

describe('the hosts that a process sees', () => {
  const warnings: string[] = [];
  const log = { warn: (message: string) => warnings.push(message) };
  const write = (value: unknown) => writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));

  it('follow the file', () => {
    const book = new HostBook(file, undefined, log);
    expect(book.hosts()).toEqual({});
    write({ hosts: { lab: host } });
    expect(book.hosts()).toEqual({ lab: host });
    write({ hosts: { bal: host } });
    expect(book.hosts()).toEqual({ bal: host });
    rmSync(file);
    expect(existsSync(file)).toBe(false);
    expect(book.hosts()).toEqual({});
  });

  it('stay as they were while the file is broken, which is told once', () => {
    write({ hosts: { lab: host } });
    const book = new HostBook(file, { lab: host }, log);
    warnings.length = 0;
    for (const broken of ['{', { hosts: { lab: { provider: 'proxmox' } } }, { hosts: 'none' }]) {
      write(broken);
      for (let look = 0; look < 3; look++) expect(book.hosts()).toEqual({ lab: host });
    }
    expect(warnings).toHaveLength(3);
    write({ hosts: { desk: host } });
    expect(book.hosts()).toEqual({ desk: host });
  });

  it('cost little to look at', () => {
    write({ hosts: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`host-${index}`, host])) });
    const book = new HostBook(file, undefined, log);
    book.hosts();
    const startedAt = performance.now();
    for (let look = 0; look < 1000; look++) book.hosts();
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
