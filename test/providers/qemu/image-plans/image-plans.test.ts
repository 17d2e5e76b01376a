import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gptDisk } from '../../../disk/support/disk-layout.ts';
import { makeVhdx } from '../../../disk/support/make-vhdx.ts';
import { writePattern } from '../../../disk/support/pattern.ts';
import { missingEngine, openRecordedEngine, type RecordedEngine } from './support/recorded-engine.ts';

const mebibyte = 2 ** 20;
const linux = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
let test: RecordedEngine;

beforeAll(async () => {
  if (missingEngine !== undefined) return;
  test = await openRecordedEngine();
  writePattern(test.at('source.raw'), 8 * mebibyte, [[0, 70_000]]);
});
afterAll(() => test?.[Symbol.asyncDispose]());
beforeEach(ctx => {
  if (missingEngine) ctx.skip(missingEngine);
});

/** Plans, looks that nothing has happened, runs, and holds one against the other. */
async function planAndRun(id: string, input: object) {
  const before = test.files();
  const plan = await test.plan(id, input);
  expect(test.files()).toEqual(before);
  test.ran();
  const result = await test.done(id, input);
  expect(test.ran()).toEqual(test.commands(plan));
  return { plan, result };
}

const refusal = async (id: string, input: object) => {
  const before = test.files();
  const planned = await test.plan(id, input).then(
    () => expect.fail('it was planned'),
    fault => fault,
  );
  expect(test.files()).toEqual(before);
  const run = await test.done(id, input).catch(fault => fault);
  // How much space is left is another number each time.
  const tell = ({ code, message }: { code: string; message: string }) => [code, message.replaceAll(/\d{6,}/g, 'N')];
  expect(tell(run)).toEqual(tell(planned));
  return planned;
};

describe('the plan of', () => {
  it.each(['vdi', 'vmdk', 'qcow2', 'vhd'])('image.convert into %s holds the commands that run', async format => {
    const target = test.at(`copy.${format}`);
    const { plan } = await planAndRun('image.convert', { image: test.at('source.raw'), target, verify: true });
    expect(plan).toMatchObject({ tool: 'image.convert', effect: 'create', target: test.at('source.raw') });
    expect(test.commands(plan).map(words => words[1])).toEqual(['convert', 'compare']);
    expect(plan.steps).toContainEqual(expect.objectContaining({ file: { action: 'create', path: target } }));
  });

  it('image.convert of a VHDX says that our own reader reads it', async () => {
    const image = test.at('source.vhdx');
    writeFileSync(image, makeVhdx({ virtualSize: 8 * mebibyte, blockSize: mebibyte }));
    const { plan } = await planAndRun('image.convert', { image, target: test.at('read.qcow2') });
    expect(plan.steps[0]?.summary).toContain("vmbridge's own reader");
    expect(JSON.stringify(plan)).toContain('<socket>');
  });

  it('image.export compares both', async () => {
    const { plan } = await planAndRun('image.export', { image: test.at('source.raw'), target: test.at('export.vhdx') });
    expect(test.commands(plan)).toHaveLength(2);
  });

  it('image.create, alone and on another', async () => {
    const base = test.at('base.qcow2');
    await planAndRun('image.create', { target: base, sizeBytes: 4 * mebibyte });
    const { plan } = await planAndRun('image.create', { target: test.at('top.qcow2'), backing: base });
    expect(test.commands(plan)[0]).toContain(base);
  });

  it('image.resize and image.shrink', async () => {
    const image = test.at('grown.qcow2');
    await test.done('image.create', { target: image, sizeBytes: 4 * mebibyte });
    await planAndRun('image.resize', { image, sizeBytes: 6 * mebibyte });
    const { plan } = await planAndRun('image.shrink', { image, sizeBytes: 5 * mebibyte });
    expect(test.commands(plan)[0]).toContain('--shrink');
    expect((await test.plan('image.shrink', { image, sizeBytes: 5 * mebibyte })).steps).toEqual([]);
  });

  it('image.shrink of a disk with a GPT holds the moves of its table', async () => {
    const image = test.at('gpt.raw');
    writeFileSync(image, gptDisk(16 * mebibyte, [{ type: linux, first: 2048, last: 4095 }]));
    const { plan } = await planAndRun('image.shrink', { image, sizeBytes: 4 * mebibyte });
    expect(test.commands(plan).map(words => words[1])).toEqual(['convert', 'convert', 'resize']);
  });

  it.each([
    ['image.convert', { image: 'source.raw', target: 'source.raw' }, 'conflict'],
    ['image.convert', { image: 'nothing.raw', target: 'new.raw' }, 'not_found'],
    ['image.convert', { image: 'huge.raw', target: 'new.qcow2', allocate: true }, 'host_fault'],
    ['image.export', { image: 'source.raw', target: 'new.vdi' }, 'invalid'],
    ['image.create', { target: 'source.raw', sizeBytes: mebibyte }, 'conflict'],
    ['image.resize', { image: 'source.raw', sizeBytes: mebibyte }, 'invalid'],
    ['image.shrink', { image: 'source.raw', sizeBytes: 16 * mebibyte }, 'invalid'],
    ['image.boot', { image: 'nothing.raw' }, 'not_found'],
    ['image.prove', { image: 'source.raw', evidenceFolder: '.' }, 'conflict'],
    ['image.prove', { image: 'source.raw', checks: { password: 'x' } }, 'invalid'],
    ['proof.run', {}, 'invalid'],
  ] as const)('%s %j is refused as the call is: %s', async (id, words, code) => {
    writeFileSync(test.at('huge.raw'), 'x');
    truncateSync(test.at('huge.raw'), 2 ** 42);
    const paths = Object.entries(words).map(([name, value]) => [
      name,
      ['image', 'target', 'evidenceFolder'].includes(name) ? test.at(String(value)) : value,
    ]);
    expect(await refusal(id, Object.fromEntries(paths))).toMatchObject({ code });
  });
});

describe('the plan of a boot', () => {
  const small = { memoryBytes: 64 * mebibyte, cpus: 1, accelerator: 'tcg', format: 'raw' };

  it('holds the whole command line of QEMU, as it then runs', async () => {
    const { plan, result } = await planAndRun('image.boot', { image: test.at('source.raw'), ...small });
    const [overlay, qemu] = test.commands(plan);
    expect(overlay?.slice(1, 3)).toEqual(['create', '-q']);
    expect(qemu).toContain('-blockdev');
    await test.done('vm.stop', { vm: result.machine.id, force: true });
  });

  it('with UEFI has variables of its own', async ctx => {
    const input = { image: test.at('source.raw'), ...small, firmware: 'uefi', network: 'restricted' };
    const fault = await test.plan('image.boot', input).catch(error => error);
    if (fault.code === 'unavailable') return ctx.skip('not installed: UEFI firmware');
    const { plan, result } = await planAndRun('image.boot', input);
    const files = plan.steps.flatMap(({ file }) => file ?? []);
    expect(files.filter(({ action }) => action === 'create')).toHaveLength(2);
    await test.done('vm.stop', { vm: result.machine.id, force: true });
  });

  it('of a VHDX names no address', async () => {
    const image = test.at('boot.vhdx');
    writeFileSync(image, makeVhdx({ virtualSize: 8 * mebibyte, blockSize: mebibyte }));
    const { result } = await planAndRun('image.boot', { image, ...small, format: 'vhdx' });
    await test.done('vm.stop', { vm: result.machine.id, force: true });
  });

  it('of a proof names evidence and key, and makes neither', async () => {
    const image = test.at('source.raw');
    const input = { image, ...small, limitSeconds: 5, bus: 'ahci' };
    const { plan, result } = await planAndRun('image.prove', { ...input, evidenceFolder: test.at('evidence') });
    const files = plan.steps.flatMap(({ file }) => file ?? []);
    expect(files).toContainEqual({ action: 'create', path: test.at('evidence') });
    expect(files.some(({ path }) => path.endsWith('key.json'))).toBe(true);
    expect(readdirSync(result.evidenceFolder)).toContain('proof.json');
    const again = await test.plan('image.prove', input);
    expect(JSON.stringify(again)).not.toContain('key.json');
  });

  it('of a run that is being worked on is refused', async () => {
    const input = { id: 'held', images: [test.at('source.raw')], options: { ...small, limitSeconds: 60 } };
    const { operation } = await test.call('proof.run', { ...input, wait: 0 });
    const lock = path.join(test.home, 'state', 'runs', 'held', 'run.lock');
    while (!existsSync(lock)) await new Promise(resolve => setTimeout(resolve, 10));
    await expect(test.plan('proof.run', input)).rejects.toMatchObject({ code: 'conflict', data: { field: 'id' } });
    await test.call('operation.cancel', { operation: operation.id });
    const again = await test.plan('proof.run', input);
    expect(again.steps.some(({ summary }) => summary.includes('image 1 of 1'))).toBe(true);
  });

  it('of a run names every image, and what keeps one from being proved', async () => {
    const before = test.files();
    const images = [test.at('source.raw'), test.at('nothing.raw')];
    const outcome = await test.plan('proof.run', {
      images: [images[0]],
      options: { ...small, checks: { password: 'secret-word', user: 'u', agent: true } },
    });
    expect(test.files()).toEqual(before);
    expect(JSON.stringify(outcome)).toContain('qemu');
    expect(JSON.stringify(outcome)).not.toContain('secret-word');
    expect(outcome.steps[0]?.file?.path).toContain('<new run>');
    expect(readFileSync(images[0] ?? '').length).toBe(statSync(images[0] ?? '').size);
  });
});
