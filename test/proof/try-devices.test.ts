import { copyFile, open } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProofOptions, proveImage } from '../../src/proof/prove-image.ts';
import { halt, sendSerial, showOnScreen } from '../qemu/support/boot-sector.ts';
import { Workbench } from '../qemu/support/run-guest.ts';
import * as images from '../support/images/index.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

function prove(image: string, changes: Partial<ProofOptions> = {}) {
  const options: ProofOptions = {
    image,
    firmware: 'auto',
    machine: 'auto',
    bus: 'auto',
    memoryBytes: 128 * 1024 * 1024,
    cpus: 1,
    accelerator: 'tcg',
    network: 'none',
    sha256: false,
    ...changes,
  };
  return proveImage(options, {
    engine: {},
    cacheFolder: path.join(bench.folder, 'cache'),
    runRoot: path.join(bench.folder, 'run'),
    evidenceRoot: path.join(bench.folder, 'evidence'),
    stateFolder: bench.folder,
    version: '0',
    signal: new AbortController().signal,
    progress: () => {},
  });
}

/** A number as two bytes, the lower one first. */
const word = (value: number) => [value & 0xff, (value >> 8) & 0xff];

/** Goes on at `found` when a device of this PCI class is on the first bus, else at `missing`. */
function ifDevice(pciClass: number, found: readonly number[], missing: readonly number[]): number[] {
  const search = [
    ...[0x66, 0xbb, 0x08, 0x00, 0x00, 0x80], // mov ebx, 0x80000008
    ...[0x66, 0x89, 0xd8], // again: mov eax, ebx
    ...[0xba, 0xf8, 0x0c, 0x66, 0xef], // mov dx, 0xcf8; out dx, eax
    ...[0xb2, 0xfc, 0x66, 0xed], // mov dl, 0xfc; in eax, dx
    ...[0x66, 0xc1, 0xe8, 0x08], // shr eax, 8
    ...[0x66, 0x3d, ...word(pciClass), pciClass >> 16, 0x00], // cmp eax, class
    ...[0x0f, 0x84, ...word(missing.length + 16)], // je found
    ...[0x66, 0x81, 0xc3, 0x00, 0x08, 0x00, 0x00], // add ebx, 0x800
    ...[0x66, 0x81, 0xfb, 0x08, 0x00, 0x01, 0x80], // cmp ebx, 0x80010008
  ];
  const again = 6 - (search.length + 2);
  return [...search, 0x75, again & 0xff, ...missing, ...found];
}

const login = [...sendSerial('box login: '), ...halt];
const noRoot = [...sendSerial('(initramfs) '), ...halt];
const nvme = 0x010802;
const virtio = 0x010000;

describe('a guest without a driver for its disk', () => {
  it('is tried on the next bus, and the result says which one it needs', { timeout: 120_000 }, async () => {
    const image = await bench.writeDisk('nvme-only.raw', ifDevice(nvme, login, noRoot));
    const proof = await prove(image);
    expect(proof.verdict).toMatchObject({ state: 'login', passed: true });
    expect(proof.bus).toBe('nvme');
    expect(proof.attempts.map(({ bus, decisive, verdict }) => [bus, decisive, verdict?.state])).toEqual([
      ['ahci', false, 'emergency_shell'],
      ['nvme', true, 'login'],
    ]);
    expect(proof.warnings.join('\n')).toContain('It boots with BIOS, q35, nvme, and not with BIOS, q35, ahci');
  });

  it('is tried at once on the bus whose disk it asks for by name', { timeout: 120_000 }, async () => {
    const alert = showOnScreen('ALERT!  /dev/vda1 does not exist.');
    const image = await bench.writeDisk('vda-only.raw', ifDevice(virtio, login, [...alert, ...noRoot]));
    const proof = await prove(image);
    expect(proof.verdict).toMatchObject({ state: 'login', passed: true });
    expect(proof.attempts.map(({ bus }) => bus)).toEqual(['ahci', 'virtio']);
  });

  it('is tried on all of them, and the first counts when none does', { timeout: 120_000 }, async () => {
    const image = await bench.writeDisk('no-bus.raw', noRoot);
    const proof = await prove(image);
    expect(proof.verdict).toMatchObject({ state: 'emergency_shell', rule: 'initramfs-shell', passed: false });
    expect(proof.attempts.map(({ bus, machine }) => `${machine} ${bus}`)).toEqual([
      'q35 ahci',
      'q35 nvme',
      'pc ide',
      'q35 virtio',
    ]);
    expect(proof.attempts.map(({ decisive }) => decisive)).toEqual([true, false, false, false]);
    expect(proof.bus).toBe('ahci');
  });

  it('is tried on no other when one was asked for', { timeout: 60_000 }, async () => {
    const image = await bench.writeDisk('named.raw', noRoot);
    const proof = await prove(image, { bus: 'virtio' });
    expect(proof.attempts.map(({ bus }) => bus)).toEqual(['virtio']);
  });
});

describe('a disk that boots with either firmware', () => {
  it('is tried with the other one when the first finds nothing to start', { timeout: 180_000 }, async ({ skip }) => {
    const missing = missingImageTools();
    if (missing !== undefined) skip(missing);
    const image = path.join(bench.folder, 'either.raw');
    await copyFile(await images.brokenBootLoader({ firmware: 'uefi', format: 'raw' }), image);
    const disk = await open(image, 'r+');
    await disk.write(Buffer.from(login), 0, login.length, 0);
    await disk.close();
    const proof = await prove(image);
    expect(proof.verdict).toMatchObject({ state: 'login', passed: true });
    expect(proof.attempts.map(({ firmware, verdict }) => [firmware, verdict?.state])).toEqual([
      ['uefi', 'bootloader_error'],
      ['bios', 'login'],
    ]);
    expect(proof.firmware).toBe('bios');
  });
});

describe('a boot', () => {
  it('that the host was too busy for is tried again with the same, and says nothing of the image', async () => {
    const words = "Kernel panic - not syncing: IO-APIC + timer doesn't work!";
    const image = await bench.writeDisk('starved.raw', [...showOnScreen(words), ...halt]);
    const proof = await prove(image);
    expect(proof.attempts.map(({ bus, verdict }) => [bus, verdict?.state])).toEqual(
      Array.from({ length: 3 }, () => ['ahci', 'host_fault']),
    );
    expect(proof.verdict).toMatchObject({ state: 'host_fault', rule: 'linux-timer-starved', passed: false });
  });
});
