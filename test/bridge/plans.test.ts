import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { readVolume } from '../disk/support/volume-content.ts';
import { openTestBridge, type TestBridge } from '../rpc/support/test-bridge.ts';
import { startHostileServer } from '../support/hostile-server.ts';

const caller = { door: 'cli', signal: new AbortController().signal } as const;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-plans-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => !/^(logs|state.operations)/.test(name))
    .map(name => `${name} ${statSync(path.join(root, name)).mtimeMs}`)
    .sort();

/** Plans, and sees that nothing has changed. */
async function plan(test: TestBridge, id: string, input: object) {
  const look = () => [...filesOf(test.home), ...filesOf(folder)];
  const before = look();
  const planned = await test.bridge.plan(id, input, caller);
  expect(look()).toEqual(before);
  return planned;
}
const made = ({ steps }: Awaited<ReturnType<typeof plan>>) =>
  steps.flatMap(({ file }) => (file?.action === 'create' ? [file.path] : []));

describe('the plan of', () => {
  it('proof.key makes no key, and names what the call then makes', async () => {
    await using test = await openTestBridge();
    const target = path.join(folder, 'key.pem');
    const planned = await plan(test, 'proof.key', { target });
    expect(planned.effect).toBe('create');
    const { keyId } = await test.call('proof.key', { target });
    for (const file of made(planned)) expect(existsSync(file.replace('<key id>', keyId)), file).toBe(true);
    expect(made(planned)).toContain(target);
    expect((await plan(test, 'proof.key', {})).steps).toEqual([]);
    await expect(plan(test, 'proof.key', { target })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('proof.schedule is what a call without "apply" shows, and empty for that', async ctx => {
    if (process.platform !== 'linux' || (await findProgram('systemctl')) === undefined) {
      return ctx.skip('not installed: systemctl');
    }
    await using test = await openTestBridge();
    const input = { action: 'create', name: 'night', at: 'daily 02:00', images: [folder] };
    const shown = await test.call('proof.schedule', input);
    const planned = await plan(test, 'proof.schedule', { ...input, apply: true });
    expect(made(planned)).toEqual(shown.files.map((file: { path: string }) => file.path));
    const commands = planned.steps.flatMap(({ command }) => (command === undefined ? [] : [command]));
    expect(commands.map(([program = '', ...args]) => [path.basename(program), ...args])).toEqual(shown.commands);
    expect((await plan(test, 'proof.schedule', input)).steps).toEqual([]);
    await expect(plan(test, 'proof.schedule', { action: 'remove', name: 'never', apply: true })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('engine.install is empty where QEMU is', async ctx => {
    if ((await findProgram('qemu-system-x86_64')) === undefined) return ctx.skip('not installed: qemu-system-x86_64');
    await using test = await openTestBridge();
    const { result } = await test.call('engine.install', { wait: 60, planOnly: true });
    if (result.method !== undefined) return ctx.skip('not installed: UEFI firmware');
    expect((await plan(test, 'engine.install', {})).steps).toEqual([]);
  });

  it('engine.install names the command of the package manager, word for word', async ctx => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return ctx.skip('needs the rights of root on Linux');
    await using test = await openTestBridge();
    const { result } = await test.call('engine.install', { wait: 60, planOnly: true, force: true });
    const { steps } = await plan(test, 'engine.install', { force: true });
    expect(steps.map(({ command = [] }) => command.join(' '))).toEqual(result.commands);
  });

  it('engine.drivers names address and file, and is empty once the file is there', async () => {
    const disc = Buffer.alloc(40 * 2048);
    disc.write('\u0001CD001\u0001', 16 * 2048, 'latin1');
    disc.write('virtio-win-0.1.285'.padEnd(32), 16 * 2048 + 40, 'latin1');
    disc.writeUInt32LE(40, 16 * 2048 + 80);
    disc.writeUInt16LE(2048, 16 * 2048 + 128);
    await using server = await startHostileServer(disc);
    const driversUrl = `${server.origin}/virtio.iso`;
    await using test = await openTestBridge({ configuration: { engine: { driversUrl } } });
    const planned = await plan(test, 'engine.drivers', {});
    expect(planned.steps[0]?.summary).toContain(driversUrl);
    const { result } = await test.call('engine.drivers', { wait: 60 });
    expect(made(planned)).toEqual([result.file]);
    expect((await plan(test, 'engine.drivers', {})).steps).toEqual([]);
  });

  it('image.cp says how much of what would be copied, and is refused as the call is', async () => {
    const image = path.join(folder, 'ntfs.raw');
    writeFileSync(image, readVolume('ntfs'));
    await using test = await openTestBridge();
    const input = { image, path: '/plain', target: path.join(folder, 'copy') };
    const planned = await plan(test, 'image.cp', input);
    const { result } = await test.call('image.cp', { ...input, wait: 60 });
    expect(made(planned)).toContain(result.path);
    expect(
      planned.steps.some(({ summary }) => summary.includes(`${result.files} files with ${result.bytes} bytes`)),
    ).toBe(true);
    await expect(plan(test, 'image.cp', input)).rejects.toMatchObject({ code: 'conflict', data: { field: 'target' } });
    const other = { ...input, path: '/never', target: path.join(folder, 'other') };
    await expect(plan(test, 'image.cp', other)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('operation.cancel tells what would be cancelled, and lets it go on', async () => {
    const faults = [{ tool: 'vm.start', hang: true }];
    await using test = await openTestBridge({ memory: { machines: [{ name: 'slow' }], faults } });
    const { operation } = await test.call('vm.start', { vm: 'slow', wait: 0 });
    const { steps } = await plan(test, 'operation.cancel', { operation: operation.id });
    expect(steps).toEqual([{ summary: expect.stringContaining(`vm.start (${operation.id})`) }]);
    expect((await test.call('operation.get', { operation: operation.id })).operation.state).toBe('running');
    await test.call('operation.cancel', { operation: operation.id });
    expect((await plan(test, 'operation.cancel', { operation: operation.id })).steps).toEqual([]);
    await expect(plan(test, 'operation.cancel', { operation: 'op-0000000000' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
