import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Answer, openTestBridge, type TestBridge } from '../support/test-bridge.ts';

const machines = [{ name: 'web' }, { name: 'db' }];
const settings = { memory: { machines } };

/** As a model calls, and as a person decides about it. */
function actors(test: TestBridge) {
  const model = (id: string, input: object, door: 'mcp' | 'jsonrpc' = 'mcp'): Promise<Answer> =>
    test.call(id, input, { door }).catch(fault => fault);
  const decide = (fault: Answer, decision: string) =>
    test.call('approval.decide', { approval: fault.data.approval, decision });
  return { model, decide };
}

describe('a call that a person approved', () => {
  it.each(['mcp', 'jsonrpc'] as const)('is made once when it comes again over %s', async door => {
    await using test = await openTestBridge(settings);
    const { model, decide } = actors(test);
    const held = await model('vm.delete', { vm: 'web' }, door);
    expect(held).toMatchObject({ code: 'approval_required' });
    expect((await test.call('approval.list')).approvals).toMatchObject([{ id: held.data.approval, state: 'pending' }]);
    await decide(held, 'approve');
    expect(await model('vm.delete', { vm: 'db' }, door)).toMatchObject({ code: 'approval_required' });
    expect(await model('vm.delete', { vm: 'web', wait: 30 }, door)).toMatchObject({
      result: { deleted: 'memory:local/web' },
    });
    await test.call('vm.create', { name: 'web' });
    const again = await model('vm.delete', { vm: 'web' }, door);
    expect(again).toMatchObject({ code: 'approval_required' });
    expect(again.data.approval).not.toBe(held.data.approval);
    const outcomes = test.audit().flatMap(({ tool, outcome }) => (tool === 'vm.delete' ? [outcome] : []));
    expect(outcomes).toEqual(expect.arrayContaining(['approval asked', 'approval used', 'succeeded']));
    expect(test.audit()).toContainEqual(expect.objectContaining({ tool: 'approval.decide', door: 'cli' }));
  });

  it('is not made when the machine has changed since, and says what has', async () => {
    await using test = await openTestBridge(settings);
    const { model, decide } = actors(test);
    const held = await model('vm.start', { vm: 'web' });
    await decide(held, 'approve');
    await test.call('vm.start', { vm: 'web' });
    await test.call('vm.pause', { vm: 'web' });
    const changed = await model('vm.stop', { vm: 'web' });
    expect(changed).toMatchObject({ code: 'approval_required' });
    await decide(changed, 'approve');
    await test.call('vm.resume', { vm: 'web' });
    const refused = await model('vm.stop', { vm: 'web' });
    expect(refused).toMatchObject({
      code: 'approval_required',
      message: expect.stringContaining('state: "paused" → "running"'),
    });
    expect(refused.data.approval).not.toBe(changed.data.approval);
  });

  it('wins alone when it is made twice at the same time', async () => {
    await using test = await openTestBridge(settings);
    const { model, decide } = actors(test);
    await decide(await model('vm.delete', { vm: 'web' }), 'approve');
    const answers = await Promise.all([1, 2, 3].map(() => model('vm.delete', { vm: 'web' })));
    expect(answers.filter(answer => answer.result !== undefined)).toHaveLength(1);
    for (const { code } of answers.filter(answer => answer.result === undefined))
      expect(['approval_required', 'not_found', 'busy', 'conflict']).toContain(code);
  });

  it('is not made after a denial, and the denial is not asked about again', async () => {
    await using test = await openTestBridge(settings);
    const { model, decide } = actors(test);
    const held = await model('vm.delete', { vm: 'web' });
    await decide(held, 'deny');
    for (const _ of [1, 2])
      expect(await model('vm.delete', { vm: 'web' })).toMatchObject({
        code: 'denied',
        data: { approval: held.data.approval },
      });
    expect(readdirSync(path.join(test.home, 'state/approvals')).filter(name => /^ap-/.test(name))).toHaveLength(1);
  });
});
