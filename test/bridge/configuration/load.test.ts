import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../src/bridge/configuration/load.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-configuration-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(content: string): string {
  const file = path.join(folder, 'config.json');
  writeFileSync(file, content);
  return file;
}

describe('the configuration file', () => {
  it('may be absent, and so may its folder', async () => {
    expect(await loadConfiguration(path.join(folder, 'none.json'))).toEqual({});
    expect(await loadConfiguration(path.join(folder, 'none/deeper/none.json'))).toEqual({});
    expect(await loadConfiguration(path.join(write('{}'), 'below-a-file.json'))).toEqual({});
  });

  it('may begin with a byte order mark, as Windows editors write it', async () => {
    expect(await loadConfiguration(write('\uFEFF{"readOnly":true}'))).toEqual({ readOnly: true });
  });

  it('holds every key that there is', async () => {
    const everything = {
      readOnly: true,
      groups: ['vm'],
      machines: ['lab-*'],
      log: { level: 'debug', stderr: 'silent' },
      engine: { system: '/opt/qemu', img: '/opt/qemu-img', firmwareFolders: ['/opt/fw'], accelerator: 'tcg' },
      providers: { memory: { enabled: true, speed: 2 }, qemu: { enabled: false } },
    };
    expect(await loadConfiguration(write(JSON.stringify(everything)))).toEqual(everything);
  });

  it.each(['', '{', 'nonsense', '{"readOnly": true,}', "{'readOnly': true}"])(
    'that is not JSON is refused: %s',
    async text => {
      const file = write(text);
      await expect(loadConfiguration(file)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining(`${file} is not JSON`),
        data: { file },
      });
    },
  );

  it.each([
    ['{"readonly":true}', 'readonly'],
    ['{"log":{"levle":"info"}}', 'log.levle'],
    ['{"readOnly":"yes"}', 'readOnly'],
    ['{"groups":[]}', 'groups'],
    ['{"groups":["vm","wm"]}', 'groups'],
    ['{"machines":["a",3]}', 'machines.1'],
    ['{"log":{"level":"loud"}}', 'log.level'],
    ['{"engine":{"system":""}}', 'engine.system'],
    ['{"engine":{"img":"qemu-img"}}', 'engine.img'],
    ['{"engine":{"accelerator":"fast"}}', 'engine.accelerator'],
    ['{"providers":{"memory":true}}', 'providers.memory'],
    ['{"providers":{"memory":{"enabled":"yes"}}}', 'providers.memory.enabled'],
    ['{"providers":{"memroy":{"enabled":true}}}', 'providers.memroy'],
  ])('names the key that is wrong: %s', async (text, key) => {
    const file = write(text);
    await expect(loadConfiguration(file)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(`at "${key}"`),
      remedy: expect.stringContaining(file),
      data: { file, field: key },
    });
  });

  it.each(['[]', 'null', '3', '"text"'])('must be an object, not %s', async text => {
    await expect(loadConfiguration(write(text))).rejects.toMatchObject({ code: 'invalid' });
  });

  it('that can not be read is said so', async () => {
    const unreadable = path.join(folder, 'unreadable');
    mkdirSync(unreadable);
    await expect(loadConfiguration(unreadable)).rejects.toMatchObject({ code: 'denied', remedy: expect.any(String) });
    if (process.platform === 'win32' || process.getuid?.() === 0) return;
    const file = write('{}');
    chmodSync(file, 0);
    await expect(loadConfiguration(file)).rejects.toMatchObject({ code: 'denied' });
    chmodSync(file, 0o600);
  });
});
