import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootImage } from '../../src/proof/boot-image.ts';
import type { BootOptions, BootServices } from '../../src/proof/boot-options.ts';
import { proveImage } from '../../src/proof/prove-image.ts';
import { explainPause } from '../../src/qemu/guest/explain-pause.ts';
import type { GuestStatus } from '../../src/qemu/guest.ts';
import { writeForEver } from '../qemu/support/boot-sector.ts';
import { eventually, Workbench } from '../qemu/support/run-guest.ts';

describe('a disk that is full during a run', () => {
  let bench: Workbench;
  let image: string;
  const mounted: string[] = [];
  beforeAll(async () => {
    bench = await Workbench.open();
    image = await bench.writeDisk('writer.raw', writeForEver, 64 * 1024 * 1024);
  });
  afterAll(async () => {
    for (const folder of mounted) execFileSync('umount', ['-l', folder]);
    await bench.close();
  });

  /** A folder with little room; a reason to skip where this user may not make one. */
  async function mountSmall(name: string, mebibytes: number): Promise<string | undefined> {
    const folder = path.join(bench.folder, name);
    await mkdir(folder);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return 'mounting a small tmpfs needs root';
    }
    mounted.push(folder);
    return undefined;
  }

  const options: BootOptions = {
    image: '',
    firmware: 'bios',
    machine: 'auto',
    bus: 'ahci',
    memoryBytes: 64 * 1024 * 1024,
    cpus: 1,
    accelerator: 'tcg',
    network: 'none',
    limitSeconds: 60,
  };
  const servicesIn = (name: string): BootServices => ({
    engine: {},
    cacheFolder: path.join(bench.folder, 'cache'),
    runRoot: path.join(bench.folder, name),
    signal: new AbortController().signal,
    progress: () => {},
  });

  // In the small one there is not even room for a picture of the screen.
  it.for([24, 3])('is the verdict of a proof with %i MiB, with what to do about it', async (mebibytes, ctx) => {
    const name = `small-${mebibytes}`;
    const reason = await mountSmall(name, mebibytes);
    if (reason !== undefined) return ctx.skip(reason);
    const services = {
      ...servicesIn(name),
      evidenceRoot: path.join(bench.folder, 'evidence'),
      stateFolder: bench.folder,
      version: '0',
    };
    const proof = await proveImage({ ...options, image, sha256: false }, services);
    expect(proof.verdict).toMatchObject({ state: 'host_fault', rule: 'host-disk-full', passed: false });
    expect(proof.warnings.join()).toContain(`Free some space on the disk that holds ${services.runRoot}`);
    expect(proof.attempts).toHaveLength(1);
    expect(proof.unchanged).toBe(true);
  });

  it('pauses a machine, which goes on when there is room again', async ctx => {
    const reason = await mountSmall('run', 24);
    if (reason !== undefined) return ctx.skip(reason);
    const services = servicesIn('run');
    const { guest, removeFiles } = await bootImage({ ...options, image, until: 'started' }, services);
    try {
      const status = await eventually(async () => (await guest.status()) === 'io-error' && 'io-error');
      const explanation = explainPause({ status, events: guest.events, folder: guest.folder });
      expect(explanation).toMatchObject({ reason: 'disk_full', remedy: expect.stringContaining(guest.folder) });
      execFileSync('mount', ['-o', 'remount,size=200m', services.runRoot]);
      await guest.qmp.execute('cont');
      await eventually(async () => (await guest.activity()).diskWriteBytes > 30 * 1024 * 1024);
      expect(await guest.status()).toBe('running');
    } finally {
      await guest.stop({ acpiMs: 0 });
      await removeFiles();
    }
  });
});

describe('the reason of a pause', () => {
  it.each([
    ['running', undefined],
    ['paused', undefined],
    ['io-error', 'disk_error'],
    ['internal-error', 'accelerator'],
    ['guest-panicked', 'guest_panicked'],
  ] satisfies [GuestStatus, string | undefined][])('of status %s is %s', (status, reason) => {
    expect(explainPause({ status, events: [] })?.reason).toBe(reason);
  });
});
