import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/qemu/engine.ts';
import { findEngine } from '../../src/qemu/find-engine.ts';
import { findFirmware, requireUefi } from '../../src/qemu/find-firmware.ts';
import { readFirmwareDescriptor } from '../../src/qemu/firmware/firmware-descriptor.ts';

let root: string;
let engine: Engine;
const nowhere = { descriptorFolders: [], folders: [] };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmb-'));
  engine = await findEngine();
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function makeFiles(folder: string, files: Record<string, string>): Promise<string> {
  await mkdir(join(root, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, folder, name), content);
  return join(root, folder);
}

const describeFirmware = (code: string, vars: string, changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    'interface-types': ['uefi'],
    mapping: {
      device: 'flash',
      executable: { filename: code, format: 'raw' },
      'nvram-template': { filename: vars, format: 'raw' },
    },
    targets: [{ architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }],
    features: ['acpi-s3', 'verbose-dynamic'],
    tags: [],
    ...changes,
  });

describe('finding UEFI firmware', () => {
  test('takes the installed one without Secure Boot', async () => {
    const { uefi } = await findFirmware(engine);
    expect(uefi?.code).not.toMatch(/secboot|\.ms\./);
    expect(uefi).toMatchObject({ codeFormat: 'raw', varsFormat: 'raw' });
  });

  test('follows the descriptors in order, where a nearer one hides its namesake', async () => {
    const files = await makeFiles('files', { c1: 'x', v1: 'x', c2: 'x', v2: 'x', c3: 'x', v3: 'x' });
    const at = (name: string) => join(files, name);
    const far = await makeFiles('far', {
      '10-secure.json': describeFirmware(at('c1'), at('v1'), { features: ['secure-boot', 'requires-smm'] }),
      '20-hidden.json': describeFirmware(at('c1'), at('v1')),
      '30-shadowed.json': describeFirmware(at('c1'), at('v1')),
      '40-last.json': describeFirmware(at('c2'), at('v2')),
    });
    const near = await makeFiles('near', {
      '20-hidden.json': '',
      '30-shadowed.json': describeFirmware(at('c3'), at('v3')),
    });
    const found = await findFirmware(engine, {}, { ...nowhere, descriptorFolders: [near, far] });
    expect(found.uefi).toMatchObject({ code: at('c3'), vars: at('v3') });
  });

  test('passes over descriptors whose files are missing or empty', async () => {
    const files = await makeFiles('some', { code: 'x', vars: 'x', empty: '' });
    const folder = await makeFiles('descriptors', {
      '1.json': describeFirmware('/nowhere/code', join(files, 'vars')),
      '2.json': describeFirmware(join(files, 'code'), join(files, 'empty')),
      '3.json': describeFirmware(join(files, 'code'), join(files, 'vars')),
    });
    const found = await findFirmware(engine, {}, { ...nowhere, descriptorFolders: [folder] });
    expect(found.uefi?.vars).toBe(join(files, 'vars'));
  });

  test('knows the names of distributions and of builds for Windows and Homebrew', async () => {
    const folder = await makeFiles('share', {
      'edk2-x86_64-code.fd': 'x',
      'edk2-i386-vars.fd': 'x',
      'OVMF_CODE.fd': 'x',
    });
    const found = await findFirmware({ ...engine, dataFolders: [folder] }, {}, nowhere);
    expect(found.uefi?.vars).toBe(join(folder, 'edk2-i386-vars.fd'));
  });

  test('prefers the configured folders to all else', async () => {
    const folder = await makeFiles('own, one', { 'OVMF_CODE_4M.fd': 'x', 'OVMF_VARS_4M.fd': 'x' });
    expect((await findFirmware(engine, { firmwareFolders: ['/nowhere', folder] })).uefi?.code).toBe(
      join(folder, 'OVMF_CODE_4M.fd'),
    );
  });

  test('says how to install it only when it is needed', async () => {
    const found = await findFirmware({ ...engine, dataFolders: [] }, {}, nowhere);
    expect(found).toEqual({ bios: true });
    await expect(requireUefi(found)).rejects.toMatchObject({ code: 'unavailable', remedy: expect.any(String) });
  });
});

describe('a descriptor', () => {
  test.each([
    ['for Secure Boot', { features: ['secure-boot'] }],
    ['for another processor', { targets: [{ architecture: 'aarch64', machines: ['virt-*'] }] }],
    ['for the microvm machine only', { targets: [{ architecture: 'x86_64', machines: ['microvm'] }] }],
    ['for a BIOS', { 'interface-types': ['bios'] }],
    ['for memory instead of flash', { mapping: { device: 'memory', filename: '/x' } }],
    [
      'without variables',
      { mapping: { device: 'flash', mode: 'stateless', executable: { filename: '/x', format: 'raw' } } },
    ],
  ])('%s is passed over', (_, changes) => {
    expect(readFirmwareDescriptor(describeFirmware('/c', '/v', changes))).toBeUndefined();
  });

  test('with anything in it is read without an error', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => readFirmwareDescriptor(text) === undefined));
  });
});
