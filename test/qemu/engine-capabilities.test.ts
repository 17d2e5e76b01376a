import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDevices, parseDisplays, readCapabilities } from '../../src/qemu/engine-capabilities.ts';
import { deriveCommand } from '../../src/qemu/find/companion-command.ts';
import { findEngine } from '../../src/qemu/find-engine.ts';
import { listFeatures, listMissing } from '../../src/qemu/list-missing.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that counts how often it was asked. */
async function makeEngine(name: string, output: string) {
  const system = join(folder, name);
  await writeFile(system, `#!/bin/sh\necho x >> '${system}.asked'\ncat <<'END'\n${output}\nEND\n`, { mode: 0o755 });
  const version = { text: 'version 7.0.0', major: 7, minor: 0, micro: 0 };
  const asked = async () => (await readFile(`${system}.asked`, 'utf8')).length / 2;
  return { engine: { system, img: system, version, dataFolders: [] }, asked };
}

describe('what a QEMU can do', () => {
  test('is told by the installed one', async () => {
    const found = await readCapabilities(await findEngine(), join(folder, 'real'));
    expect(found.displays).toContain('none');
    expect(found).toMatchObject({ vnc: true, usb: true });
    expect(listFeatures(found)).toContain('vnc');
  });

  test('is asked once for each build', async () => {
    const cache = join(folder, 'cache');
    const { engine, asked } = await makeEngine('counting', 'name "qemu-xhci", bus PCI');
    const first = await readCapabilities(engine, cache);
    expect(first).toMatchObject({ usb: true, vnc: false, ninep: false, pngScreenshots: false });
    const before = await asked();
    expect(await readCapabilities(engine, cache)).toEqual(first);
    expect(await asked()).toBe(before);
    const [file = ''] = await readdir(cache);
    await writeFile(join(cache, file), '{"displays":');
    expect(await readCapabilities(engine, cache)).toEqual(first);
    await utimes(engine.system, new Date(1000), new Date(1000));
    await readCapabilities(engine, cache);
    expect(await asked()).toBe(before * 3);
  });

  test('is a Fault when no device is told', async () => {
    const { engine } = await makeEngine('silent', 'hello\u001b[2J');
    const outcome = readCapabilities(engine, folder);
    await expect(outcome).rejects.toMatchObject({
      code: 'unavailable',
      data: { printed: expect.stringContaining('\\x1b') },
    });
    await expect(readCapabilities(engine, folder, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('is read from its help', () => {
    expect(
      parseDisplays('Available display backend types:\r\nnone\r\nspice-app\r\n\r\nSome display backends\r\n'),
    ).toEqual(['none', 'spice-app']);
    expect(parseDisplays('nothing')).toEqual([]);
    expect([...parseDevices('Storage:\nname "a-b", bus PCI\nqemu: name "c"\n')]).toEqual(['a-b']);
  });
});

describe('what is missing', () => {
  const none = {
    displays: [],
    vnc: false,
    spice: false,
    pngScreenshots: false,
    ninep: false,
    virtiofsDevice: true,
    tpmDevice: true,
    usb: false,
    usbHost: false,
  };
  test('is named with its reason, and with a command where there is one', async () => {
    const parts = await listMissing(none, false);
    expect(parts.map(({ what }) => what)).toEqual(['UEFI firmware', 'VNC', 'virtiofsd', 'swtpm']);
    expect(parts[0]?.command).toEqual(expect.any(String));
    expect(await listMissing({ ...none, vnc: true, virtiofsd: '/v', swtpm: '/s' }, true)).toEqual([]);
  });

  test.each([
    ['sudo apt install qemu-utils', 'sudo apt install swtpm'],
    ['apt install qemu-utils', 'apt install swtpm'],
    ['sudo dnf install epel-release && sudo dnf install qemu-img', 'sudo dnf install swtpm'],
    ['sudo pacman -S qemu-img', 'sudo pacman -S swtpm'],
    ["Install QEMU with this system's package manager.", undefined],
  ])('is installed in the way of %j', (installation, command) => {
    expect(deriveCommand(installation, 'swtpm')).toBe(command);
  });
});
