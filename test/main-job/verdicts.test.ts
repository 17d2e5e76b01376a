import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProofResult } from '../../src/model/proof.ts';
import type { Bridge } from '../../src/rpc/bridge.ts';
import { openBridge } from '../../src/rpc/open-bridge.ts';
import * as images from '../support/images/index.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

const home = await mkdtemp(path.join(tmpdir(), 'vmb-main-job-'));
let bridge: Bridge;

beforeAll(async () => {
  process.env.VMBRIDGE_HOME = home;
  bridge = await openBridge({ stderrLevel: 'silent' });
});

afterAll(async () => {
  await bridge.close();
  await rm(home, { recursive: true, force: true });
});

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function prove(image: string, input: Record<string, unknown> = {}): Promise<ProofResult> {
  const messages: string[] = [];
  const answer = await bridge.call(
    'image.prove',
    { image, wait: 600, ...input },
    { door: 'cli', signal: new AbortController().signal, progress: update => messages.push(update.message) },
  );
  expect(messages.length).toBeGreaterThan(2);
  return answer.result as ProofResult;
}

interface Case {
  readonly name: string;
  readonly build: () => Promise<string>;
  readonly state: ProofResult['verdict']['state'];
  readonly firmware: 'uefi' | 'bios';
  readonly input?: Record<string, unknown>;
}

const cases: Case[] = [
  { name: 'a GPT disk with GRUB under UEFI', build: () => images.gptUefiGrub(), state: 'login', firmware: 'uefi' },
  { name: 'an MBR disk with GRUB under BIOS', build: () => images.mbrBiosGrub(), state: 'login', firmware: 'bios' },
  {
    name: 'a system that speaks only on its serial line',
    build: () => images.mbrBiosGrub({ console: 'serial', format: 'qcow2' }),
    state: 'login',
    firmware: 'bios',
  },
  { name: 'a blank disk', build: () => images.blankDisk(), state: 'no_boot_device', firmware: 'bios' },
  {
    name: 'a blank disk under UEFI',
    build: () => images.blankGpt(),
    state: 'no_boot_device',
    firmware: 'uefi',
    input: { firmware: 'uefi' },
  },
  {
    name: 'a boot loader that finds no device under UEFI',
    build: () => images.brokenBootLoader({ firmware: 'uefi' }),
    state: 'bootloader_error',
    firmware: 'uefi',
  },
  {
    name: 'a boot loader in rescue mode under BIOS',
    build: () => images.brokenBootLoader({ firmware: 'bios' }),
    state: 'bootloader_error',
    firmware: 'bios',
  },
  {
    name: 'a boot loader that waits at its prompt',
    build: () => images.brokenBootLoader({ firmware: 'uefi', fault: 'prompt' }),
    state: 'bootloader_error',
    firmware: 'uefi',
  },
  {
    name: 'a kernel without a root file system under UEFI',
    build: () => images.panickingKernel({ firmware: 'uefi' }),
    state: 'kernel_panic',
    firmware: 'uefi',
    // Named, so that no other is tried.
    input: { bus: 'ahci' },
  },
  {
    name: 'a kernel whose init ends under BIOS',
    build: () => images.panickingKernel({ firmware: 'bios', cause: 'init-exits' }),
    state: 'kernel_panic',
    firmware: 'bios',
  },
  {
    name: 'a system that needs longer than allowed',
    build: () => images.mbrBiosGrub({ workSeconds: 60 }),
    state: 'kernel_started',
    firmware: 'bios',
    input: { limitSeconds: 10 },
  },
];

const title = '$name ends in $state, with evidence and an unchanged image';

test.for(cases)(title, { timeout: 180_000 }, async ({ build, state, firmware, input }, { skip }) => {
  const missing = missingImageTools();
  if (missing !== undefined) skip(missing);
  const image = await build();
  const before = await sha256(image);
  const proof = await prove(image, { sha256: true, ...input });
  expect(proof.verdict, JSON.stringify(proof.verdict)).toMatchObject({ state, passed: state === 'login' });
  expect(proof.firmware).toBe(firmware);
  expect(proof.unchanged).toBe(true);
  expect(proof.image.after.sha256).toBe(before);
  expect(await sha256(image)).toBe(before);
  const folder = proof.evidenceFolder ?? '';
  const record = JSON.parse(readFileSync(path.join(folder, 'proof.json'), 'utf8'));
  expect(record.verdict).toEqual(proof.verdict);
  expect(record.runs[0].arguments.join(' ')).toContain('-blockdev');
  expect(record.qemuVersion).toMatch(/^\d+\.\d+/);
  expect(proof.screenshots.length).toBeGreaterThan(0);
  for (const { path: file } of proof.screenshots) {
    expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
  }
  expect(existsSync(path.join(folder, 'serial.log'))).toBe(true);
  expect(await readdir(path.join(home, 'run')).catch(() => [])).toEqual([]);
});

const killTitle = 'a QEMU that is killed midway ends in host_fault, with evidence, and says nothing of the image';

test(killTitle, { timeout: 180_000 }, async ({ skip }) => {
  const missing = missingImageTools();
  if (missing !== undefined) skip(missing);
  const image = await images.mbrBiosGrub({ workSeconds: 60 });
  const running = prove(image);
  let machines: { processId: number }[] = [];
  while (machines.length === 0) {
    await delay(300);
    const answer = await bridge.call('vm.list', {}, { door: 'cli', signal: new AbortController().signal });
    machines = answer.machines as { processId: number }[];
  }
  await delay(1000);
  for (const { processId } of machines) process.kill(processId, 'SIGKILL');
  const proof = await running;
  expect(proof.verdict).toMatchObject({ state: 'host_fault', passed: false });
  expect(proof.unchanged).toBe(true);
  expect(existsSync(path.join(proof.evidenceFolder ?? '', 'proof.json'))).toBe(true);
  expect(await readdir(path.join(home, 'run'))).toEqual([]);
});
