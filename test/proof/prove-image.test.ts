import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proofResult } from '../../src/model/proof.ts';
import { bootImage } from '../../src/proof/boot-image.ts';
import type { BootOptions } from '../../src/proof/boot-options.ts';
import { type ProofOptions, type ProofServices, proveImage } from '../../src/proof/prove-image.ts';
import { halt, powerOff, sendSerial, showOnScreen } from '../qemu/support/boot-sector.ts';
import { Workbench } from '../qemu/support/run-guest.ts';
import { processesNaming } from '../support/leftovers.ts';

let bench: Workbench;
let prompt: string;

beforeAll(async () => {
  bench = await Workbench.open();
  prompt = await bench.writeDisk('prompt ‘a, b’ 100%.raw', [...sendSerial('box login: '), ...halt]);
});
afterAll(() => bench.close());

function optionsFor(image: string, changes: Partial<ProofOptions> = {}): ProofOptions {
  const options: BootOptions = {
    image,
    firmware: 'bios',
    machine: 'auto',
    bus: 'ahci',
    memoryBytes: 64 * 1024 * 1024,
    cpus: 1,
    accelerator: 'tcg',
    network: 'none',
    limitSeconds: 60,
  };
  return { ...options, sha256: false, ...changes };
}

function servicesFor(name: string, changes: Partial<ProofServices> = {}): ProofServices {
  return {
    engine: {},
    cacheFolder: path.join(bench.folder, 'cache'),
    runRoot: path.join(bench.folder, name, 'run'),
    evidenceRoot: path.join(bench.folder, name, 'evidence'),
    stateFolder: path.join(bench.folder, name),
    version: '1.2.3-test',
    signal: new AbortController().signal,
    progress: () => {},
    ...changes,
  };
}

/** Numbers of the QEMU processes whose files are in a folder. */
function listEngines(folder: string, accelerator: string): number[] {
  return readdirSync('/proc')
    .filter(number => /^\d+$/.test(number))
    .map(Number)
    .filter(number => {
      try {
        const line = readFileSync(`/proc/${number}/cmdline`, 'utf8');
        return line.startsWith(bench.engine.system) && line.includes(folder) && line.includes(accelerator);
      } catch {
        return false;
      }
    });
}

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

describe('a proof', () => {
  it('says that a disk with a signature and no boot loader is no boot device', async () => {
    const data = path.join(bench.folder, 'data.raw');
    const disk = Buffer.alloc(1024 * 1024);
    disk.writeUInt16BE(0x55aa, 510);
    await writeFile(data, disk);
    const { verdict } = await proveImage(optionsFor(data), servicesFor('data'));
    expect(verdict).toMatchObject({ state: 'no_boot_device', rule: 'boot-sector-empty', passed: false });
  });

  it('ends with a verdict, whole evidence, an unchanged image and nothing left over', async () => {
    const services = servicesFor('login');
    const fractions: number[] = [];
    const proof = await proveImage(optionsFor(prompt, { sha256: true }), {
      ...services,
      progress: ({ fraction }) => void (fraction !== undefined && fractions.push(fraction)),
    });
    expect(proofResult.parse(proof)).toEqual(proof);
    expect(proof.verdict).toMatchObject({ state: 'login', source: 'serial', passed: true });
    expect(proof.unchanged).toBe(true);
    expect(proof.image.before.sha256).toMatch(/^[0-9a-f]{64}$/);
    const folder = proof.evidenceFolder!;
    const record = JSON.parse(readFileSync(path.join(folder, 'proof.json'), 'utf8'));
    expect(record).toMatchObject({ vmbridge: '1.2.3-test', verdict: proof.verdict, unchanged: true });
    expect(record.engine.version).toMatch(/QEMU/);
    expect(record.runs[0].arguments.length).toBeGreaterThan(10);
    expect(readFileSync(path.join(folder, 'serial.log'), 'utf8')).toContain('box login:');
    expect(readFileSync(path.join(folder, 'firmware.log'), 'utf8')).toMatch(/SeaBIOS/);
    expect(proof.screenshots.every(({ path: file }) => existsSync(file))).toBe(true);
    expect(fractions).toEqual([...fractions].sort((one, other) => one - other));
    expect(list(services.runRoot)).toEqual([]);
    expect(processesNaming(bench.folder)).toEqual([]);
  });

  it('says loudly when another program changed the image meanwhile', async () => {
    const image = await bench.writeDisk('changing.raw', [...sendSerial('box login: '), ...halt]);
    let touched = false;
    const progress = ({ message }: { message: string }) => {
      if (!touched && /prompt waits/.test(message)) {
        touched = true;
        appendFileSync(image, Buffer.alloc(512));
      }
    };
    const proof = await proveImage(optionsFor(image), servicesFor('changing', { progress }));
    expect(proof.verdict.state).toBe('login');
    expect(proof.unchanged).toBe(false);
    expect(proof.warnings.join()).toContain(image);
  });

  it('is inconclusive for a guest that switches itself off, with its last screen', async () => {
    const image = await bench.writeDisk('off.raw', [...showOnScreen('BYE'), ...powerOff, ...halt]);
    const proof = await proveImage(optionsFor(image), servicesFor('off'));
    expect(proof.verdict).toMatchObject({ state: 'inconclusive', rule: 'guest-shut-down' });
    expect(proof.screenText.join()).toContain('BYE');
  });

  it('blames the host when QEMU is killed', async () => {
    const image = await bench.writeDisk('killed.raw', [...showOnScreen('WAIT'), ...halt]);
    const services = servicesFor('killed');
    const proving = proveImage(optionsFor(image), services);
    let pid: number | undefined;
    while (pid === undefined) {
      await wait(50);
      [pid] = listEngines(services.runRoot, 'tcg');
    }
    await wait(300);
    process.kill(pid, 'SIGKILL');
    const proof = await proving;
    // On a busy host it may not have got as far as to run the guest.
    const rule = expect.stringMatching(/^engine-(?:ended|did-not-start)$/);
    expect(proof.verdict).toMatchObject({ state: 'host_fault', rule });
    expect(proof.unchanged).toBe(true);
    expect(list(services.runRoot)).toEqual([]);
  });

  it.each([0, 50, 300, 700, 1500])('leaves nothing when it is cancelled after %i ms', async delay => {
    const image = await bench.writeDisk('idle.raw', [...showOnScreen('WAIT'), ...halt]);
    const controller = new AbortController();
    const services = servicesFor(`cancel-${delay}`, { signal: controller.signal });
    const proving = expect(proveImage(optionsFor(image), services)).rejects.toMatchObject({ code: 'cancelled' });
    setTimeout(() => controller.abort(), delay);
    await proving;
    expect(list(services.runRoot)).toEqual([]);
    expect(list(services.evidenceRoot)).toEqual([]);
    expect(processesNaming(bench.folder)).toEqual([]);
  });

  it('is refused before any boot when the image cannot boot as it is', async () => {
    const image = path.join(bench.folder, 'encrypted.qcow2');
    execFileSync(bench.engine.img, ['create', '-q', '-f', 'qcow2', image, '4M']);
    // The header's word for encryption. To encrypt in earnest, QEMU measures the processor, which fails on a busy host.
    const file = await readFile(image);
    file.writeUInt32BE(1, 32);
    await writeFile(image, file);
    const services = servicesFor('blocked');
    await expect(proveImage(optionsFor(image), services)).rejects.toMatchObject({
      code: 'unsupported',
      data: { field: 'image' },
    });
    expect(list(services.runRoot)).toEqual([]);
    expect(list(services.evidenceRoot)).toEqual([]);
  });

  it('is refused when the evidence folder is taken', async () => {
    const services = servicesFor('taken');
    await expect(proveImage(optionsFor(prompt, { evidenceFolder: bench.folder }), services)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(list(services.runRoot)).toEqual([]);
  });

  it('names an image that is missing', async () => {
    const missing = path.join(bench.folder, 'missing.vhdx');
    await expect(proveImage(optionsFor(missing), servicesFor('missing'))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a boot', () => {
  it('leaves the guest running, and its files go with it', async () => {
    const services = servicesFor('boot');
    const booted = await bootImage({ ...optionsFor(prompt), until: 'verdict' }, services);
    expect(booted.verdict?.state).toBe('login');
    expect(await booted.guest.status()).toBe('running');
    await booted.guest.stop({ acpiMs: 0 });
    await booted.removeFiles();
    expect(list(services.runRoot)).toEqual([]);
  });

  it('has less memory than was asked for when the host refuses it, and says so', async () => {
    const services = servicesFor('memory');
    const booted = await bootImage({ ...optionsFor(prompt, { memoryBytes: 2 ** 46 }), until: 'started' }, services);
    expect(booted.guest.plan.memoryBytes).toBeLessThan(2 ** 46);
    expect(booted.warnings.join()).toMatch(/refused 67108864 MiB of memory; the machine runs with \d+ MiB/);
    await booted.guest.stop({ acpiMs: 0 });
    await booted.removeFiles();
  });

  it('leaves nothing when it is cancelled while it waits for the verdict', async () => {
    const image = await bench.writeDisk('boot-idle.raw', [...showOnScreen('WAIT'), ...halt]);
    const controller = new AbortController();
    const services = servicesFor('boot-cancel', { signal: controller.signal });
    setTimeout(() => controller.abort(), 1000);
    await expect(bootImage({ ...optionsFor(image), until: 'verdict' }, services)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(list(services.runRoot)).toEqual([]);
    expect(processesNaming(bench.folder)).toEqual([]);
  });
});
