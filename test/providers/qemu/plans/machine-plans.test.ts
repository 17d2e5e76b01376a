import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../../../src/catalog/tools.ts';
import type { PlanStep } from '../../../../src/model/plan.ts';
import qemu from '../../../../src/providers/qemu/index.ts';
import { readGuestRecord } from '../../../../src/qemu/guest/machine-record.ts';
import { QmpClient } from '../../../../src/qemu/qmp/qmp-client.ts';
import type { Answer } from '../../../rpc/support/test-bridge.ts';
import { findFreePort } from '../support/free-port.ts';
import { type MachineBench, openMachineBench, smallest } from '../support/machines.ts';
import { commandsOf, isWork, photograph, requestsOf, sentBy, watchImg } from './support/watch-commands.ts';

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
const run = async (id: string, input: object): Promise<Answer> => {
  // What destroys something is done for persons only.
  const answer = await bench.call(id, input, { ...caller, door: id === 'vm.delete' ? 'cli' : 'jsonrpc' });
  return 'operation' in answer ? answer.result : answer;
};
const plan = async (id: string, input: object): Promise<PlanStep[]> =>
  (await bench.bridge.plan(id, input, caller)).steps;
const state = () => path.join(bench.home, 'state');
const store = () => path.join(state(), 'machines');
const folderOf = (name: string) =>
  path.join(
    store(),
    readdirSync(store()).find(id => {
      const file = path.join(store(), id, 'machine.json');
      return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === name;
    }) ?? 'none',
  );
const filesOf = (steps: readonly PlanStep[], action: string) =>
  steps.flatMap(({ file }) => (file?.action === action ? [file.path] : []));

/** What a plan says, what is done then, and that no look was work. */
async function planned(id: string, input: object): Promise<{ steps: PlanStep[]; done: string[][]; answer: Answer }> {
  img.taken();
  const steps = await plan(id, input);
  expect(img.taken().filter(isWork)).toEqual([]);
  const answer = await run(id, input);
  return { steps, done: img.taken().filter(isWork), answer };
}

/** The same of what QEMU is told. */
async function told(id: string, input: object): Promise<{ said: unknown[]; sent: object[] }> {
  let steps: PlanStep[] = [];
  expect(
    await sentBy(QmpClient.prototype, async () => {
      steps = await plan(id, input);
    }),
  ).toEqual([]);
  const sent = await sentBy(QmpClient.prototype, () => run(id, input));
  return { said: requestsOf(steps), sent };
}

const changing = Object.values(tools)
  .filter(({ id, effect }) => id.startsWith('vm.') && !id.startsWith('vm.checkpoint.') && effect !== 'read')
  .filter(({ id }) => id in qemu.operations)
  .map(({ id }) => id);

describe('the table of the QEMU provider', () => {
  it.each([...changing, 'vm.screenshot'])('has a plan of %s', id => {
    const slot = (qemu.operations as Record<string, unknown>)[id];
    expect(slot).toMatchObject({ run: expect.any(Function), plan: expect.any(Function) });
  });
});

describe('a plan', () => {
  it('of a new machine names the commands that make its disk', async () => {
    const blank = await planned('vm.create', { name: 'blank', diskBytes: 10 * 2 ** 20, firmware: 'bios', ...smallest });
    expect(commandsOf(blank.steps)).toEqual(blank.done);
    expect(blank.done).toEqual([[img.file, 'create', '-q', '-f', 'qcow2', 'disk0.qcow2', String(10 * 2 ** 20)]]);
    expect(filesOf(blank.steps, 'create')).toEqual([
      path.join(store(), '<new id>'),
      path.join(store(), '<new id>', 'machine.json'),
    ]);
    const image = { image: bench.disk, format: 'raw', ...smallest };
    const copied = await planned('vm.create', { name: 'web', ...image, diskBytes: 4 * 2 ** 20 });
    expect(copied.done.map(([, verb]) => verb)).toEqual(['convert', 'resize']);
    expect(commandsOf(copied.steps)).toEqual(copied.done);
    const linked = await planned('vm.create', { name: 'linked', ...image, linked: true });
    expect(commandsOf(linked.steps)).toEqual(linked.done);
    expect(linked.done[0]).toContain(bench.disk);
    await expect(plan('vm.create', { name: 'web', ...smallest })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of a start is the command line of the process that then runs', async () => {
    await run('vm.configure', { vm: 'web', network: 'user' });
    const steps = await plan('vm.start', { vm: 'web' });
    expect(readdirSync(path.join(bench.home, 'run'))).toEqual([]);
    const { machine } = await run('vm.start', { vm: 'web' });
    const [folder = ''] = readdirSync(path.join(bench.home, 'run')).map(name => path.join(bench.home, 'run', name));
    const line = readFileSync(`/proc/${machine.processId}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const [command] = commandsOf(steps);
    expect(command).toEqual(line.map(word => word.replaceAll(folder, '<run folder>')));
    expect(command?.join(' ')).toContain('<run folder>');
    expect((await readGuestRecord(folder))?.process.pid).toBe(machine.processId);
    expect(requestsOf(steps)).toEqual([{ execute: 'cont' }]);
    expect(await plan('vm.start', { vm: 'web' })).toEqual([]);
  });

  it('of a running machine is what QEMU is then told', async () => {
    const disc = path.join(bench.folder, 'disc.iso');
    writeFileSync(disc, Buffer.alloc(64 * 1024, 'disc'));
    const forwards = [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: await findFreePort(), guestPort: 80 }];
    for (const [id, input] of [
      ['vm.pause', {}],
      ['vm.start', {}],
      ['vm.pause', {}],
      ['vm.resume', {}],
      ['vm.sendKeys', { keys: ['ctrl-alt-delete', 'enter'] }],
      ['vm.configure', { iso: disc, forwards }],
      ['vm.configure', { eject: true, forwards: [] }],
      ['vm.restart', { force: true }],
    ] as const) {
      const { said, sent } = await told(id, { vm: 'web', ...input });
      expect(sent.length, id).toBeGreaterThan(0);
      expect(said, id).toEqual(sent);
    }
    expect(await plan('vm.resume', { vm: 'web' })).toEqual([]);
    expect(await plan('vm.configure', { vm: 'web', forwards: [] })).toEqual([]);
    const { said, sent } = await told('vm.restart', { vm: 'web' });
    // The button is pressed again while the guest is not listening yet.
    const isNew = (each: object, index: number) => JSON.stringify(each) !== JSON.stringify(sent[index - 1]);
    expect(said).toEqual(sent.filter(isNew));
    expect(said).toContainEqual({ execute: 'system_powerdown' });
  });

  it('tells no secret, and what it leaves out it counts', async () => {
    const input = { vm: 'web', text: 'xyzzy', enter: true };
    const steps = await plan('vm.type', input);
    expect(JSON.stringify(steps)).not.toMatch(/xyzzy|"[xyz]"/);
    const sent = await sentBy(QmpClient.prototype, () => run('vm.type', input));
    expect(sent).toHaveLength(6);
    const hidden = { keys: [{ type: 'qcode', data: '<secret>' }] };
    expect(requestsOf(steps)).toEqual(
      [sent[0], sent[5]].map((each, index) => (index === 1 ? each : hide(each, hidden))),
    );
    expect(steps[0]?.summary).toContain('5 characters');
    const console = await plan('vm.console', { vm: 'web', kind: 'tcp', seconds: 7 });
    const opened = await sentBy(QmpClient.prototype, () => run('vm.console', { vm: 'web', kind: 'tcp', seconds: 7 }));
    const password = { protocol: 'vnc', password: '<secret>' };
    expect(requestsOf(console).slice(1)).toEqual([opened[0], hide(opened[1], password), opened[2]]);
    expect(await plan('vm.console', { vm: 'web', kind: 'socket' })).toEqual([]);
  });

  it('of a screenshot names its file, and refuses one that is there', async () => {
    const input = { vm: 'web', file: path.join(bench.folder, 'screen.png') };
    const steps = await plan('vm.screenshot', input);
    expect(filesOf(steps, 'create')).toEqual([input.file]);
    expect(existsSync(input.file)).toBe(false);
    const [sent] = await sentBy(QmpClient.prototype, () => run('vm.screenshot', input));
    expect(existsSync(input.file)).toBe(true);
    expect(requestsOf(steps)).toEqual([hide(sent, { filename: '<capture>.ppm' })]);
    await expect(plan('vm.screenshot', input)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('changes nothing, whatever is asked', async () => {
    await run('vm.pause', { vm: 'web' });
    const target = path.join(bench.folder, 'export');
    const before = [...photograph(state()), ...readdirSync(path.join(bench.home, 'run')), ...readdirSync(bench.folder)];
    const status = (await run('vm.get', { vm: 'web' })).machine;
    for (const [id, input] of [
      ['vm.create', { name: 'new', image: bench.disk, format: 'raw' }],
      ['vm.start', { vm: 'web' }],
      ['vm.start', { vm: 'blank' }],
      ['vm.stop', { vm: 'web' }],
      ['vm.restart', { vm: 'web', force: true }],
      ['vm.pause', { vm: 'web' }],
      ['vm.resume', { vm: 'web' }],
      ['vm.delete', { vm: 'blank' }],
      ['vm.rename', { vm: 'web', name: 'other' }],
      ['vm.configure', { vm: 'blank', cpus: 2 }],
      ['vm.configure', { vm: 'web', eject: true, lifetime: 'host' }],
      ['vm.clone', { vm: 'blank', name: 'copy' }],
      ['vm.clone', { vm: 'blank', name: 'copy', linked: true }],
      ['vm.export', { vm: 'blank', target }],
      ['vm.console', { vm: 'web', kind: 'tcp' }],
      ['vm.screenshot', { vm: 'web', file: path.join(bench.folder, 'second.png') }],
    ] as const) {
      expect(await sentBy(QmpClient.prototype, () => plan(id, input)), id).toEqual([]);
      const after = [
        ...photograph(state()),
        ...readdirSync(path.join(bench.home, 'run')),
        ...readdirSync(bench.folder),
      ];
      expect(after, id).toEqual(before);
    }
    expect((await run('vm.get', { vm: 'web' })).machine).toEqual(status);
  });

  it('of a stop is the button, and only then the power', async () => {
    await run('vm.resume', { vm: 'web' });
    const steps = await plan('vm.stop', { vm: 'web', timeoutSeconds: 30 });
    expect(requestsOf(steps).slice(0, 2)).toEqual([{ execute: 'system_powerdown' }, { execute: 'quit' }]);
    expect(steps.map(({ condition }) => condition === undefined)).toEqual([false, false, false]);
    expect(requestsOf(await plan('vm.stop', { vm: 'web', force: true }))[0]).toEqual({ execute: 'quit' });
    const pid = (await run('vm.get', { vm: 'web' })).machine.processId;
    expect(steps[2]?.request).toEqual({ to: `process ${pid}`, body: { signal: 'SIGKILL' } });
    const sent = await sentBy(QmpClient.prototype, () => run('vm.stop', { vm: 'web', timeoutSeconds: 30 }));
    expect(sent[0]).toEqual({ execute: 'system_powerdown' });
    expect(await plan('vm.stop', { vm: 'web' })).toEqual([]);
    await expect(plan('vm.pause', { vm: 'web' })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of a copy in any way names the commands that make it', async () => {
    const clone = await planned('vm.clone', { vm: 'web', name: 'twin' });
    expect(clone.done).toHaveLength(1);
    expect(commandsOf(clone.steps)).toEqual(clone.done);
    const child = await planned('vm.clone', { vm: 'web', name: 'child', linked: true });
    expect(commandsOf(child.steps)).toEqual(child.done);
    const target = path.join(bench.folder, 'exported');
    const exported = await planned('vm.export', { vm: 'web', target, compressed: true });
    expect(commandsOf(exported.steps)).toEqual(exported.done);
    expect(exported.done[0]).toContain('-c');
    for (const file of filesOf(exported.steps, 'create')) expect(existsSync(file), file).toBe(true);
    await expect(plan('vm.export', { vm: 'web', target })).rejects.toMatchObject({ code: 'conflict' });
    const imported = await planned('vm.import', { source: target, name: 'imported' });
    expect(imported.done).toEqual([]);
    for (const file of filesOf(imported.steps, 'create')) {
      expect(existsSync(file.replace(path.join(store(), '<new id>'), folderOf('imported'))), file).toBe(true);
    }
    await expect(plan('vm.import', { source: target })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of the machine itself names what is written and what is gone afterwards', async () => {
    const folder = folderOf('twin');
    for (const [id, input] of [
      ['vm.rename', { vm: 'twin', name: 'sister' }],
      ['vm.configure', { vm: 'sister', cpus: 2 }],
    ] as const) {
      const [file = ''] = filesOf(await plan(id, input), 'write');
      const before = readFileSync(file, 'utf8');
      await run(id, input);
      expect(readFileSync(file, 'utf8')).not.toBe(before);
      expect(path.dirname(file)).toBe(folder);
    }
    const steps = await plan('vm.delete', { vm: 'sister' });
    expect(filesOf(steps, 'delete')).toEqual([folder]);
    for (const name of readdirSync(folder)) expect(steps[0]?.summary).toContain(name);
    await run('vm.delete', { vm: 'sister' });
    expect(existsSync(folder)).toBe(false);
  });

  it('is refused as the call would be', async () => {
    mkdirSync(path.join(bench.folder, 'empty'));
    for (const [id, input] of [
      ['vm.stop', { vm: 'nobody' }],
      ['vm.exec', { vm: 'web', command: 'true' }],
      ['vm.copy', { vm: 'web', direction: 'toGuest', source: '/etc/hostname', target: '/tmp/x' }],
      ['vm.start', { vm: 'nobody' }],
      ['vm.start', { vm: 'web' }],
      ['vm.delete', { vm: 'web' }],
      ['vm.rename', { vm: 'web', name: 'child' }],
      ['vm.clone', { vm: 'child', name: 'web' }],
      ['vm.sendKeys', { vm: 'web', keys: ['nokey'] }],
      ['vm.configure', { vm: 'web', iso: bench.disk, eject: true }],
      ['vm.import', { source: path.join(bench.folder, 'empty') }],
      ['vm.create', { name: 'x', linked: true }],
    ] as const) {
      const refusal = (work: Promise<unknown>) =>
        work.then(
          () => 'none',
          ({ code, message }) => ({ code, message }),
        );
      const expected = await refusal(run(id, input));
      expect(expected, id).toMatchObject({ code: expect.any(String) });
      expect(await refusal(plan(id, input)), id).toEqual(expected);
    }
  });
});

function hide(request: object | undefined, parts: object): object {
  const { arguments: args } = request as { arguments: object };
  return { ...request, arguments: { ...args, ...parts } };
}
