import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';

const machines = [{ name: 'a' }, { name: 'b', state: 'running' }, { name: 'c', state: 'paused' }];
const settings = { memory: { machines, speed: 100_000 } };

async function look(test: TestBridge) {
  const { machines: rows } = await test.call('vm.list');
  const shown = rows.map(({ name, state, cpus, memoryBytes, networks }: Answer) => ({
    name,
    state,
    cpus,
    memoryBytes,
    networks,
  }));
  const checkpoints: Record<string, string[]> = {};
  for (const { id, name } of rows) {
    const list = (await test.call('vm.checkpoint.list', { vm: id })).checkpoints;
    // One that was made to be able to go back stays.
    checkpoints[name] = list.map((each: Answer) => each.name).filter((each: string) => !each.startsWith('before '));
  }
  const { networks } = await test.call('network.list');
  return { shown, checkpoints, networks: networks.map(({ name, kind }: Answer) => [name, kind]) };
}

const vm = fc.constantFrom('a', 'b', 'c', 'new');
const change = fc.oneof(
  fc.record({ id: fc.constantFrom('vm.start', 'vm.stop', 'vm.pause', 'vm.resume'), input: fc.record({ vm }) }),
  fc.record({ id: fc.constant('vm.create'), input: fc.record({ name: fc.constantFrom('new', 'other') }) }),
  fc.record({ id: fc.constant('vm.checkpoint.create'), input: fc.record({ vm, name: fc.constantFrom('x', 'y') }) }),
  fc.record({
    id: fc.constant('vm.checkpoint.restore'),
    input: fc.record({ vm, checkpoint: fc.constantFrom('x', 'y'), checkpointFirst: fc.constant(true) }),
  }),
  fc.record({ id: fc.constant('network.create'), input: fc.record({ name: fc.constantFrom('lab', 'dmz') }) }),
);

describe('undoing', () => {
  it('in the reverse order brings the world back, whatever was done', async () => {
    let undone = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async changes => {
        await using test = await openTestBridge(settings);
        const notes: { before: Answer; handle: string }[] = [];
        for (const { id, input } of changes) {
          const before = await look(test);
          const answer: Answer = await test.call(id, input).catch(() => undefined);
          if (answer === undefined) continue;
          expect(answer.undo, id).toMatchObject({ summary: expect.any(String) });
          if (answer.undo.handle !== undefined) notes.push({ before, handle: answer.undo.handle });
          else if (JSON.stringify(await look(test)) !== JSON.stringify(before)) notes.length = 0;
        }
        for (const { before, handle } of notes.reverse()) {
          await test.call('operation.undo', { handle });
          expect(await look(test)).toEqual(before);
          undone++;
          await expect(test.call('operation.undo', { handle })).rejects.toMatchObject({ code: 'not_found' });
        }
      }),
      { numRuns: 25 },
    );
    expect(undone).toBeGreaterThan(20);
  }, 60_000);

  it('is refused when the machine has changed since, unless there is nothing left to do', async () => {
    await using test = await openTestBridge(settings);
    const { undo } = await test.call('vm.start', { vm: 'a' });
    await test.call('vm.pause', { vm: 'a' });
    await expect(test.call('operation.undo', { handle: undo.handle })).rejects.toMatchObject({
      code: 'conflict',
      data: { differences: ['state: "running" → "paused"'], inverse: { tool: 'vm.stop' } },
    });
    await test.call('vm.resume', { vm: 'a' });
    const { result } = await test.call('operation.undo', { handle: undo.handle });
    expect(result).toMatchObject({ undone: 'vm.start', by: 'vm.stop', result: { machine: { state: 'stopped' } } });
  });

  it('says what is lost, what is not there to be undone, and what can not be', async () => {
    await using test = await openTestBridge(settings);
    expect((await test.call('vm.start', { vm: 'b' })).undo).toEqual({
      summary: expect.stringContaining('nothing to undo'),
    });
    expect((await test.call('vm.stop', { vm: 'b', force: true })).undo).toMatchObject({
      handle: expect.any(String),
      irreversible: 'What ran in it starts anew.',
    });
    expect((await test.call('vm.delete', { vm: 'b' })).undo).toEqual({
      summary: expect.any(String),
      irreversible: expect.stringContaining('brought back'),
    });
    await test.call('vm.checkpoint.create', { vm: 'a', name: 'x' });
    expect((await test.call('vm.checkpoint.restore', { vm: 'a', checkpoint: 'x' })).undo).toMatchObject({
      irreversible: expect.stringContaining('checkpointFirst'),
    });
    expect((await test.call('vm.get', { vm: 'a' })).undo).toBeUndefined();
  });

  it('stands also in the record of work that is waited for later', async () => {
    await using test = await openTestBridge({ memory: { machines, speed: 20 } });
    const { operation, undo } = await test.call('vm.start', { vm: 'a', wait: 0 });
    expect(undo).toBeUndefined();
    const ended = await test.call('operation.wait', { operation: operation.id });
    expect(ended.operation.undo).toMatchObject({ handle: expect.stringMatching(/^un-/) });
  });

  it('by a model needs a person, who is shown what undoes it', async () => {
    await using test = await openTestBridge(settings);
    const { undo } = await test.call('vm.create', { name: 'new' }, { door: 'mcp' });
    const call = () => test.call('operation.undo', { handle: undo.handle }, { door: 'mcp' }).catch(fault => fault);
    const held = await call();
    expect(held).toMatchObject({
      code: 'approval_required',
      data: { tool: 'operation.undo by vm.delete', effect: 'destroy' },
    });
    await test.call('approval.decide', { approval: held.data.approval, decision: 'approve' });
    expect(await call()).toMatchObject({ result: { by: 'vm.delete' } });
    await expect(test.call('vm.get', { vm: 'memory:local/new' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('takes no way around the guard', async () => {
    await using test = await openTestBridge(settings);
    const { undo } = await test.call('vm.create', { name: 'new' });
    const plan = await test.bridge.plan(
      'operation.undo',
      { handle: undo.handle },
      { door: 'cli', signal: new AbortController().signal },
    );
    expect(plan).toMatchObject({
      tool: 'operation.undo',
      effect: 'destroy',
      steps: [{ summary: expect.stringContaining('new') }],
    });
    await using narrow = await openTestBridge({ ...settings, home: test.home, flags: { readOnly: true } });
    await expect(narrow.call('operation.undo', { handle: undo.handle })).rejects.toMatchObject({ code: 'denied' });
    await using groups = await openTestBridge({ ...settings, home: test.home, flags: { groups: ['operation'] } });
    await expect(groups.call('operation.undo', { handle: undo.handle })).rejects.toMatchObject({ code: 'denied' });
  });
});
