import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundle, bundleEntries } from '../../../scripts/build/bundle.ts';
import { exportImage, type ImageExport } from '../../../src/disk/nbd/export-image.ts';
import { ExportTask } from '../../../src/disk/nbd/export-task.ts';
import { workerFile } from '../../../src/disk/nbd/worker-file.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { makeVhdx } from '../support/make-vhdx.ts';
import { assemble, cmd, encodeRequest, RawClient } from './support/raw-client.ts';
import { until } from './support/serve.ts';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;
const folder = mkdtempSync(path.join(tmpdir(), 'vmb-export-'));
const badTask = path.join(folder, 'bad-task.cjs');
const opened: ImageExport[] = [];
let number = 0;
const newFolder = () => {
  const own = path.join(folder, `run-${number++}`);
  mkdirSync(own);
  return own;
};
const keep = (image: ImageExport) => {
  opened.push(image);
  return image;
};

const content = Buffer.alloc(mebibyte, 'What stands in the second block. ');
const image = path.join(folder, 'disk.vhdx');
writeFileSync(image, makeVhdx({ virtualSize: 64 * mebibyte, blocks: new Map([[1, { state: 6, content }]]) }));

async function readFrom({ address, name }: ImageExport, offset: number, length: number): Promise<Buffer> {
  const client = new RawClient(address);
  try {
    await client.enter(name);
    return assemble(await client.request(cmd.read, offset, length), offset, length);
  } finally {
    client.socket.destroy();
  }
}

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an exported image', () => {
  it.each(['unix', 'inet'] as const)('is read through a thread of its own, by %s', async addressKind => {
    const own = newFolder();
    const served = keep(await exportImage({ path: image, format: 'vhdx', folder: own, addressKind }));
    expect(served).toMatchObject({ virtualSize: 64 * mebibyte, sectorSize: 512, parents: [] });
    expect(served.address.kind).toBe(addressKind);
    expect(served.name).toMatch(addressKind === 'inet' ? /^[0-9a-f]{32}$/ : /^$/);
    const halves = await Promise.all([readFrom(served, mebibyte, 1000), readFrom(served, 1000, mebibyte)]);
    expect(halves[0].equals(content.subarray(0, 1000))).toBe(true);
    expect(halves[1].subarray(mebibyte - 1000).equals(content.subarray(0, 1000))).toBe(true);
    expect(served.faults()).toEqual([]);
    await Promise.all([served.close(), served.close()]);
    expect(readdirSync(own)).toEqual([]);
    await expect(readFrom(served, 0, 512)).rejects.toThrow();
  });

  it('tells what could not be read', async () => {
    const broken = path.join(folder, 'broken.vhdx');
    writeFileSync(broken, makeVhdx({ virtualSize: 4 * mebibyte, blocks: new Map([[2, { state: 4 }]]) }));
    const served = keep(await exportImage({ path: broken, format: 'vhdx', folder: newFolder() }));
    const client = new RawClient(served.address);
    await client.enter();
    const reply = await client.request(cmd.read, 0, 4 * mebibyte);
    expect(reply.error).toBe(5);
    await until(() => served.faults().length > 0);
    expect(served.faults()).toMatchObject([
      { code: 'invalid', message: reply.message, data: { path: broken, structure: 'VHDX block allocation table' } },
    ]);
    client.socket.destroy();
  });

  it('that can not be opened is the fault that opening gives', async () => {
    const own = newFolder();
    const missing = path.join(folder, 'missing.vhdx');
    const fault = await exportImage({ path: missing, format: 'vhdx', folder: own }).catch(error => error);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'not_found', data: { path: missing, systemCode: 'ENOENT' } });
    expect(fault.remedy).toMatch(/./);
    writeFileSync(path.join(folder, 'text.vhdx'), 'This is not a disk.');
    await expect(
      exportImage({ path: path.join(folder, 'text.vhdx'), format: 'vhdx', folder: own }),
    ).rejects.toMatchObject({ code: 'invalid' });
    expect(readdirSync(own)).toEqual([]);
  });

  it('can not be served twice at one place', async () => {
    const address = { kind: 'unix', path: path.join(newFolder(), 'disk.sock') } as const;
    const start = () => new ExportTask(workerFile, { path: image, format: 'vhdx', parents: [], address }).ready();
    const first = keep(await start());
    await expect(start()).rejects.toMatchObject({ code: 'conflict', data: { address: address.path } });
    expect((await readFrom(first, mebibyte, 10)).equals(content.subarray(0, 10))).toBe(true);
  });

  it('is closed while it is read', async () => {
    const served = await exportImage({ path: image, format: 'vhdx', folder: newFolder() });
    const client = new RawClient(served.address);
    await client.enter('', { structured: false });
    client.send(...Array.from({ length: 400 }, (_, handle) => encodeRequest(cmd.read, handle, 0, mebibyte)));
    await client.take(100_000);
    await served.close();
    await client.closed;
  });

  it('leaves nothing when it is cancelled', async () => {
    const own = newFolder();
    for (const after of [0, 1, 20, 60]) {
      const signal = after === 0 ? AbortSignal.abort() : AbortSignal.timeout(after);
      const started = exportImage({ path: image, format: 'vhdx', folder: own, signal });
      const outcome = await started.catch(error => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'cancelled' });
      else await outcome.close();
      expect(readdirSync(own)).toEqual([]);
    }
  });
});

describe('a task that ends badly', () => {
  // As it is in the bundle: see side-task.ts for what a thread of TypeScript can do to the process.
  beforeAll(async () => {
    const entry = path.join(import.meta.dirname, 'support/bad-task.ts');
    await build({ entryPoints: [entry], outfile: badTask, bundle: true, platform: 'node', format: 'cjs' });
  });

  const start = (how: string, kind: 'thread' | 'process', signal?: AbortSignal) => {
    const address = { kind: 'unix', path: path.join(newFolder(), 'disk.sock') } as const;
    if (how !== 'neverReady') writeFileSync(address.path, '');
    return new ExportTask(badTask, { path: how, format: 'raw', parents: [], address }, kind).ready(signal);
  };

  it.each([
    ['throws', 'thread', 'A mistake.'],
    ['ends', 'thread', /./],
    ['fillsMemory', 'thread', /memory/],
    ['throws', 'process', /./],
    ['ends', 'process', /3/],
  ] as const)('because it %s, as a %s, is told of', async (how, kind, reason) => {
    const served = await start(how, kind);
    const fault = await served.failed;
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'host_fault', data: { path: how, reason: expect.stringMatching(reason) } });
    await served.close();
    if (served.address.kind === 'unix') expect(existsSync(served.address.path)).toBe(false);
  });

  it('before it is ready is a fault', async () => {
    await expect(start('throwsBefore', 'thread')).rejects.toMatchObject({ code: 'host_fault' });
  });

  it.concurrent.each(['thread', 'process'] as const)('because it hangs, as a %s, is ended all the same', async kind => {
    const served = await start('hangs', kind);
    await new Promise(resolve => setTimeout(resolve, 150));
    await served.close();
    if (served.address.kind === 'unix') expect(existsSync(served.address.path)).toBe(false);
  });

  it('because it is cancelled is gone', async () => {
    await expect(start('neverReady', 'process', AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'cancelled' });
    await expect(start('neverReady', 'thread', AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it('an image is served from a process of its own where there can be no threads', async () => {
  const address = { kind: 'unix', path: path.join(newFolder(), 'disk.sock') } as const;
  const task = new ExportTask(workerFile, { path: image, format: 'vhdx', parents: [], address }, 'process');
  const served = keep(await task.ready());
  expect((await readFrom(served, mebibyte, 1000)).equals(content.subarray(0, 1000))).toBe(true);
  await served.close();
  expect(existsSync(address.path)).toBe(false);
});

describe('from the bundle', () => {
  const dist = path.join(folder, 'dist');
  const part = path.join(dist, 'parts', 'export-image.js');
  const work = (own: string) => `{
    const began = performance.now();
    const served = await exportImage({ path: ${JSON.stringify(image)}, format: 'vhdx', folder: ${JSON.stringify(own)} });
    console.log(JSON.stringify({ served, milliseconds: performance.now() - began }));
    await served.close();
  }`;

  beforeAll(async () => {
    await bundle(dist);
    await bundleEntries(dist, { 'parts/export-image': 'src/disk/nbd/export-image.ts' });
  });

  it('an image is served, and the process ends once it is closed', async () => {
    const program = `import { exportImage } from ${JSON.stringify(pathToFileURL(part))}; ${work(newFolder())}`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
    expect(JSON.parse(stdout)).toMatchObject({ served: { virtualSize: 64 * mebibyte, address: { kind: 'unix' } } });
  });

  it('an image is served by a process that began as a start-up snapshot', async () => {
    const script = path.join(folder, 'snapshot.cjs');
    const blob = path.join(folder, 'snapshot.blob');
    writeFileSync(
      script,
      `require('node:net');
      require('node:v8').startupSnapshot.setDeserializeMainFunction(async () => {
        const { createRequire } = process.getBuiltinModule('node:module');
        const { exportImage } = createRequire(${JSON.stringify(dist)})(${JSON.stringify(part)});
        ${work(newFolder())}
      });`,
    );
    await run(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', script]);
    const { stdout } = await run(process.execPath, ['--snapshot-blob', blob]);
    expect(JSON.parse(stdout)).toMatchObject({ served: { virtualSize: 64 * mebibyte, address: { kind: 'unix' } } });
  });
});
