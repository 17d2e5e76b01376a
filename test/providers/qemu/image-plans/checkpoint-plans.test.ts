import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Plan } from '../../../../src/model/plan.ts';
import { QmpClient } from '../../../../src/qemu/qmp/qmp-client.ts';
import { createBootDisk } from '../../../qemu/support/boot-sector.ts';
import { countOn } from '../support/counting-guest.ts';
import { smallest } from '../support/machines.ts';
import { missingEngine, openRecordedEngine, type RecordedEngine } from './support/recorded-engine.ts';

let test: RecordedEngine;

beforeAll(async () => {
  if (missingEngine !== undefined) return;
  test = await openRecordedEngine();
  writeFileSync(test.at('counting.raw'), createBootDisk(countOn));
  await test.done('vm.create', { name: 'web', image: test.at('counting.raw'), format: 'raw', ...smallest });
});
afterAll(async () => {
  await test?.done('vm.stop', { vm: 'web', force: true });
  await test?.[Symbol.asyncDispose]();
});
beforeEach(ctx => {
  if (missingEngine) ctx.skip(missingEngine);
});

const requests = ({ steps }: Plan) => steps.flatMap(({ request }) => request?.body ?? []);

/** Everything that QEMU is told meanwhile, as a plan writes it, but for questions and for what each start begins with. */
async function listen<Result>(work: () => Promise<Result>): Promise<{ result: Result; told: object[] }> {
  const spy = vi.spyOn(QmpClient.prototype, 'execute');
  try {
    const result = await work();
    const told = spy.mock.calls
      .filter(([command]) => !/^(query-|qom-get|qmp_capabilities)/.test(command))
      .map(([execute, args = {}]) => ({ execute, ...(Object.keys(args).length === 0 ? {} : { arguments: args }) }));
    return { result, told };
  } finally {
    spy.mockRestore();
  }
}

/** Plans, sees that nothing has happened, does it, and holds what was run and told against the plan. */
async function planAndRun(id: string, input: object) {
  const before = test.files();
  test.ran();
  const { result: plan, told: toldByPlan } = await listen(() => test.plan(id, input));
  expect(toldByPlan).toEqual([]);
  expect(test.ran()).toEqual([]);
  // What a guest writes by itself is not the plan's.
  const isOurs = ([file]: [string, string]) => !/\/run\/|disk0/.test(file);
  const only = (files: Record<string, string>) => Object.entries(files).filter(isOurs);
  expect(only(test.files())).toEqual(only(before));
  const { told, result } = await listen(() => test.done(id, input));
  expect(test.ran()).toEqual(test.commands(plan));
  expect(told).toEqual(requests(plan));
  return { plan, result };
}

describe('the plan of a checkpoint', () => {
  it('of a stopped machine holds what qemu-img is to do', async () => {
    const { plan } = await planAndRun('vm.checkpoint.create', { vm: 'web', name: 'off' });
    expect(test.commands(plan)[0]).toContain('vmbridge-c1');
    expect(plan).toMatchObject({ target: 'qemu:local/web', effect: 'create' });
    await planAndRun('vm.checkpoint.restore', { vm: 'web', checkpoint: 'off' });
  });

  it('of a running machine holds what QEMU is told', async () => {
    await test.done('vm.start', { vm: 'web' });
    const { plan } = await planAndRun('vm.checkpoint.create', { vm: 'web', name: 'on' });
    expect(JSON.stringify(requests(plan))).toContain('snapshot-save');
    await planAndRun('vm.checkpoint.create', { vm: 'web', name: 'disks', disksOnly: true });
    await planAndRun('vm.checkpoint.restore', { vm: 'web', checkpoint: 'on' });
    await planAndRun('vm.checkpoint.delete', { vm: 'web', checkpoint: 'disks' });
  });

  it('with memory says which QEMU a stopped machine is started with', async () => {
    await test.done('vm.stop', { vm: 'web', force: true });
    const { plan, result } = await planAndRun('vm.checkpoint.restore', { vm: 'web', checkpoint: 'on' });
    expect(test.commands(plan).some(([program]) => program === test.at('system'))).toBe(true);
    expect(result.machine.state).toBe('running');
    await test.done('vm.stop', { vm: 'web', force: true });
    const { plan: deletion } = await planAndRun('vm.checkpoint.delete', { vm: 'web', checkpoint: 'on' });
    const files = deletion.steps.flatMap(({ file }) => file ?? []);
    expect(files).toContainEqual({ action: 'delete', path: expect.stringContaining('memory-c2.qcow2') });
  });

  it('is refused as the call is', async () => {
    for (const id of ['vm.checkpoint.restore', 'vm.checkpoint.delete']) {
      const planned = test.plan(id, { vm: 'web', checkpoint: 'never' });
      await expect(planned).rejects.toMatchObject({ code: 'not_found', data: { field: 'checkpoint' } });
    }
    await test.done('vm.start', { vm: 'web' });
    const running = test.plan('vm.checkpoint.restore', { vm: 'web', checkpoint: 'off' });
    await expect(running).rejects.toMatchObject({ code: 'conflict', data: { state: 'running' } });
  });
});
