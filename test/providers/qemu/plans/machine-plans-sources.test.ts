import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool } from '../../../../scripts/sample/run-tool.ts';
import type { PlanStep } from '../../../../src/model/plan.ts';
import { done, type MachineBench, openMachineBench, smallest } from '../support/machines.ts';
import { commandsOf, isWork, photograph, watchImg } from './support/watch-commands.ts';

const tool = mkdtempSync(path.join(tmpdir(), 'vmb-img-'));
let img: Awaited<ReturnType<typeof watchImg>>;
let bench: MachineBench;
beforeAll(async () => {
  img = await watchImg(tool);
  bench = await openMachineBench({ img: img.file });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  rmSync(tool, { recursive: true, force: true });
});

const caller = { door: 'jsonrpc' as const, signal: new AbortController().signal };
const run = (id: string, input: object) => done(bench.call(id, input, caller));
const plan = async (id: string, input: object): Promise<PlanStep[]> =>
  (await bench.bridge.plan(id, input, caller)).steps;
const runs = () => path.join(bench.home, 'run');
const folders = () => readdirSync(tmpdir()).filter(name => name.startsWith('read-'));

/** The command line of a machine that is started now, as a plan writes it. */
async function startedAs(vm: string): Promise<string[]> {
  const { machine } = await run('vm.start', { vm });
  const [folder = ''] = readdirSync(runs()).map(name => path.join(runs(), name));
  const line = readFileSync(`/proc/${machine.processId}/cmdline`, 'utf8').split('\0').slice(0, -1);
  await run('vm.stop', { vm, force: true });
  return line.map(word => word.replaceAll(folder, '<run folder>'));
}

describe('a plan of a machine', () => {
  it('with UEFI is what is done for its firmware', async ctx => {
    const input = { name: 'modern', diskBytes: 2 ** 20, firmware: 'uefi', ...smallest, memoryBytes: 128 * 2 ** 20 };
    const steps = await plan('vm.create', input).catch((error: { message: string }) => error);
    if (!Array.isArray(steps)) return ctx.skip(`no UEFI firmware: ${steps.message}`);
    img.taken();
    await run('vm.create', input);
    expect(commandsOf(steps)).toEqual(img.taken().filter(isWork));
    expect(commandsOf(steps)).toHaveLength(2);
    const [command] = commandsOf(await plan('vm.start', { vm: 'modern' }));
    expect(command?.join(' ')).toContain('variables.qcow2');
    expect(command).toEqual(await startedAs('modern'));
    const cloning = await plan('vm.clone', { vm: 'modern', name: 'copy', linked: true });
    const made = cloning.flatMap(({ file }) => (file === undefined ? [] : [path.basename(file.path)]));
    expect(made).toEqual(['<new id>', 'variables.qcow2', 'machine.json']);
  });

  it('from a disk that vmbridge reads itself leaves out what only the run knows', async () => {
    const image = path.join(bench.folder, 'disk.vhdx');
    await runTool('qemu-img', ['create', '-q', '-f', 'vhdx', image, '4M']);
    const input = { name: 'served', image, ...smallest };
    const before = [...photograph(path.join(bench.home, 'state')), ...readdirSync(runs()), ...folders()];
    const [command = []] = commandsOf(await plan('vm.create', input));
    expect([...photograph(path.join(bench.home, 'state')), ...readdirSync(runs()), ...folders()]).toEqual(before);
    img.taken();
    await run('vm.create', input);
    const [real = []] = img.taken().filter(isWork);
    const known = real.map(word =>
      word.replace(/"path":"[^"]*"/, '"path":"<run folder>/<socket>"').replace(/"export":"[^"]*"/, '"export":"<name>"'),
    );
    expect(command).toEqual(known);
  });

  it('that stands on an image is started with that image', async () => {
    await run('vm.create', { name: 'linked', image: bench.disk, format: 'raw', linked: true, ...smallest });
    const [command] = commandsOf(await plan('vm.start', { vm: 'linked' }));
    expect(command?.join(' ')).toContain(bench.disk);
    expect(command).toEqual(await startedAs('linked'));
    await run('vm.clone', { vm: 'linked', name: 'above', linked: true });
    const refusal = { code: 'conflict', message: expect.stringContaining('above') };
    await expect(plan('vm.start', { vm: 'linked' })).rejects.toMatchObject(refusal);
    await expect(plan('vm.delete', { vm: 'linked' })).rejects.toMatchObject(refusal);
    expect(existsSync(bench.disk)).toBe(true);
  });
});
