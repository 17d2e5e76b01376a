import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findEngine } from '../../../src/qemu/find-engine.ts';
import { createBootDisk, obeyPowerButton } from '../../qemu/support/boot-sector.ts';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';
import { done, smallest } from './support/machines.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'vmb-poor-'));
let test: TestBridge;

/** The real QEMU as a build without VNC and 9p would be: neither told in its help nor taken as arguments. */
const script = (system: string) => `#!/bin/bash
case "$*" in
  '-vnc help') echo 'qemu-system-x86_64: -vnc help: vnc support is disabled' >&2; exit 1;;
  '-device help') '${system}' "$@" | grep -v 9p; exit 0;;
esac
for word in "$@"; do
  case "$word" in
    -vnc) echo 'qemu-system-x86_64: -vnc: vnc support is disabled' >&2; exit 1;;
    -fsdev) echo 'qemu-system-x86_64: -fsdev: fsdev support is disabled' >&2; exit 1;;
  esac
done
exec '${system}' "$@"
`;

beforeAll(async () => {
  const { system, img } = await findEngine();
  const file = path.join(folder, 'qemu-system-x86_64');
  writeFileSync(file, script(system));
  chmodSync(file, 0o755);
  const engine = { accelerator: 'tcg', system: file, img };
  const configuration = { engine, providers: { qemu: { enabled: true } } };
  test = await openTestBridge({ memory: false, configuration });
  writeFileSync(path.join(folder, 'disk.raw'), createBootDisk(obeyPowerButton));
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const run = (id: string, input: object) => done(test.call(id, input, { door: 'jsonrpc' }));
const image = { image: path.join(folder, 'disk.raw'), format: 'raw' };

describe('a QEMU that was built without VNC and 9p', () => {
  it('runs machines all the same, without a remote screen', async () => {
    await run('vm.create', { name: 'poor', ...image, ...smallest });
    expect((await run('vm.start', { vm: 'poor' })).machine.state).toBe('running');
    await expect(test.call('vm.console', { vm: 'poor' })).rejects.toMatchObject({ code: 'unsupported' });
    await run('vm.stop', { vm: 'poor', force: true });
  });

  it('shares no folder, which is said when one is asked for and when a machine has one', async () => {
    const shares = [{ name: 'data', path: folder }];
    const refusal = { code: 'unsupported', data: { field: 'shares', reason: 'no_9p' } };
    await expect(run('vm.create', { name: 'sharing', ...image, ...smallest, shares })).rejects.toMatchObject(refusal);
    await expect(test.call('vm.configure', { vm: 'poor', shares })).rejects.toMatchObject(refusal);
    const { disks } = (await test.call('vm.get', { vm: 'poor' })).hardware;
    const file = path.join(path.dirname(disks[0].path), 'machine.json');
    const definition = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...definition, shares: [{ ...shares[0], readOnly: false }] }));
    await expect(run('vm.start', { vm: 'poor' })).rejects.toMatchObject(refusal);
  });
});
