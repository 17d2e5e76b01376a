import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProofResult } from '../../src/model/proof.ts';
import type { Bridge } from '../../src/rpc/bridge.ts';
import { openBridge } from '../../src/rpc/open-bridge.ts';
import * as images from '../support/images/index.ts';
import { guestUser, loginGuest } from '../support/images/login-guest.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

const home = await mkdtemp(path.join(tmpdir(), 'vmb-checked-'));
const missing = missingImageTools();
let bridge: Bridge;

beforeAll(async () => {
  process.env.VMBRIDGE_HOME = home;
  bridge = await openBridge({ stderrLevel: 'silent' });
});

afterAll(async () => {
  await bridge.close();
  await rm(home, { recursive: true, force: true });
});

async function call(tool: string, input: Record<string, unknown>) {
  const answer = await bridge.call(tool, input, {
    door: 'cli',
    signal: new AbortController().signal,
    progress: () => {},
  });
  return answer as Record<string, unknown>;
}

const results = (proof: ProofResult) => proof.checks.map(({ check, passed }) => `${check}: ${passed}`);

test('A proof checks what was asked for, fails with any of it, and its evidence stands', { timeout: 300_000 }, async ({
  skip,
}) => {
  if (missing !== undefined) skip(missing);
  if (process.platform === 'win32') skip('QEMU has no agent channel for more than one client on Windows');
  const checks = {
    agent: true,
    ports: [80, 81],
    files: [{ path: '/bin/busybox' }, { path: '/no/such/file' }],
    commands: [{ command: 'exit 3', exitCode: 3 }],
  };
  const { result } = await call('image.prove', { image: await images.agentGuest(), checks, wait: 280 });
  const proof = result as ProofResult;
  expect(proof.verdict.passed).toBe(true);
  expect(results(proof)).toEqual([
    'guest agent: true',
    'port 80: true',
    'port 81: false',
    'file /bin/busybox: true',
    'file /no/such/file: false',
    'command exit 3: true',
  ]);
  expect(proof.passed).toBe(false);
  expect(await call('proof.verify', { folder: proof.evidenceFolder })).toMatchObject({ valid: true });
  expect(await call('proof.get', { id: proof.id })).toMatchObject({ proof: { id: proof.id, passed: false } });
});

test('A password that a check was given stands nowhere afterwards', { timeout: 300_000 }, async ({ skip }) => {
  if (missing !== undefined) skip(missing);
  const { user, password } = guestUser;
  const onSerialLine = `printf '%s, said on the serial line' '${password}' >/dev/ttyS0`;
  const checks = { commands: [{ command: 'id -un' }, { command: onSerialLine }], user, password };
  const { result } = await call('image.prove', { image: await loginGuest(), checks, wait: 280 });
  const proof = result as ProofResult;
  expect(results(proof)).toEqual(['command id -un: true', `command ${onSerialLine.replace(password, '•••')}: true`]);
  expect(readFileSync(path.join(proof.evidenceFolder, 'serial.log'), 'utf8')).toContain('•••, said on the serial line');
  expect(proof.passed).toBe(true);
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const telling = files
    .map(entry => path.join(entry.parentPath, entry.name))
    .filter(file => readFileSync(file).includes(password));
  expect(telling).toEqual([]);
});
