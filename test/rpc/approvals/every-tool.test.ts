import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../../src/catalog/tools.ts';
import { needsApproval } from '../../../src/rpc/approvals/needs-approval.ts';
import type { Tool } from '../../../src/tools/define-tool.ts';
import { effectOfCall } from '../../../src/tools/derive/effect-of-call.ts';
import { openTestBridge, type TestBridge } from '../support/test-bridge.ts';

const all = Object.values(tools) as Tool[];
const held = all.flatMap(tool =>
  tool.examples
    .filter(({ input }) => ['change', 'destroy'].includes(effectOfCall(tool, input)) && tool.id !== 'operation.cancel')
    .map(({ input }) => [tool.id, input as Record<string, unknown>] as const),
);
const machines = [
  { name: 'web' },
  { name: 'old' },
  { name: 'run', state: 'running' },
  { name: 'halt', state: 'paused' },
];

describe('without a person, a model', () => {
  let test: TestBridge;
  beforeAll(async () => {
    test = await openTestBridge({ memory: { machines, networks: [{ name: 'lab' }] } });
    await test.call('vm.checkpoint.create', { vm: 'web', name: 'before update' });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const look = async () => ({
    machines: (await test.call('vm.list')).machines,
    networks: (await test.call('network.list')).networks,
    checkpoints: (await test.call('vm.checkpoint.list', { vm: 'web' })).checkpoints.length,
  });

  it('is held at every tool that changes something', () => {
    expect(new Set(held.map(([id]) => id)).size).toBeGreaterThan(30);
    for (const [id, input] of held)
      expect(needsApproval(id, effectOfCall(all.find(tool => tool.id === id)!, input), 'mcp', undefined), id).toBe(
        true,
      );
  });

  it.each(held)('changes nothing by %s', async (id, input) => {
    const before = await look();
    const targets = 'vm' in input ? machines.map(({ name }) => ({ ...input, vm: name })) : [input];
    for (const each of targets) {
      const fault = await test.call(id, each, { door: 'mcp' }).then(
        answer => expect.fail(`${id} was done: ${JSON.stringify(answer)}`),
        error => error,
      );
      expect(fault.name, String(fault)).toBe('Fault');
      expect(fault.code).not.toBe('failed');
    }
    expect(await look()).toEqual(before);
  });
});

describe('what needs an approval', () => {
  it.each([
    ['mcp', 'create', undefined, false],
    ['mcp', 'read', undefined, false],
    ['mcp', 'change', undefined, true],
    ['mcp', 'destroy', undefined, true],
    ['mcp', 'change', { ask: ['destroy'] }, false],
    ['mcp', 'destroy', { ask: ['change'] }, true],
    ['mcp', 'destroy', { ask: [] }, true],
    ['jsonrpc', 'change', undefined, false],
    ['jsonrpc', 'change', { ask: ['change'] }, false],
    ['jsonrpc', 'destroy', { ask: [] }, true],
    ['attended', 'destroy', undefined, false],
    ['cli', 'destroy', undefined, false],
  ] as const)('at the door %s a %s with %j: %s', (door, effect, settings, wanted) => {
    const { ask } = settings ?? {};
    expect(needsApproval('vm.x', effect, door, ask === undefined ? undefined : { ask: [...ask] })).toBe(wanted);
  });
});
