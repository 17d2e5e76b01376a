import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Undo } from '../../src/model/undo.ts';
import { defineTool, type Tool } from '../../src/tools/define-tool.ts';
import { checkCmdlets, checkTool } from '../../src/tools/derive/check-tool.ts';
import { checkUndo } from '../../src/tools/derive/check-undo.ts';
import { canRead, effectOfCall } from '../../src/tools/derive/effect-of-call.ts';

const good = defineTool({
  id: 'vm.test',
  cmdlet: 'Test-VmbVM',
  group: 'vm',
  summary: 'Tests.',
  effect: 'read',
  input: z.strictObject({ vm: z.string() }),
  output: z.strictObject({ ok: z.boolean() }),
  errors: ['not_found'],
  examples: [{ title: 'One', input: { vm: 'web' }, output: { ok: true } }],
});

const change = (changes: Partial<Tool>): Tool => ({ ...good, ...changes }) as Tool;

describe('the rules for declarations', () => {
  it('find nothing wrong with a good one', () => {
    expect(checkTool(good as Tool)).toEqual([]);
  });

  it.each<[string, Partial<Tool>]>([
    ['id', { id: 'vm_test' }],
    ['id', { id: 'vm' }],
    ['id', { id: 'Vm.test' }],
    ['64', { id: `vm.${'x'.repeat(70)}` }],
    ['approved verb', { cmdlet: 'Examine-VmbVM' }],
    ['prefix Vmb', { cmdlet: 'Test-Machine' }],
    ['sentence', { summary: 'tests' }],
    ['common parameter', { input: z.strictObject({ vm: z.string(), Verbose: z.string().optional() }) }],
    ['common parameter', { input: z.strictObject({ vm: z.string(), ea: z.string().optional() }) }],
    ['automatic variable', { input: z.strictObject({ vm: z.string(), input: z.string().optional() }) }],
    ['one parameter, DiskId', { input: z.strictObject({ vm: z.string(), diskId: z.string(), DiskId: z.string() }) }],
    ['no name of a parameter', { input: z.strictObject({ vm: z.string(), 'disk-id': z.string().optional() }) }],
    ['of every cmdlet', { input: z.strictObject({ vm: z.string(), session: z.string().optional() }) }],
    [
      'leaves the question out',
      { effect: 'destroy', input: z.strictObject({ vm: z.string(), force: z.boolean().default(false) }) },
    ],
    ['leaves the operation', { long: true, input: z.strictObject({ vm: z.string(), noWait: z.string().optional() }) }],
    [
      'for paging',
      { input: z.strictObject({ limit: z.int().optional(), offset: z.int().optional(), skip: z.int().optional() }) },
    ],
    ['does not default to false', { input: z.strictObject({ vm: z.string(), fast: z.boolean().optional() }) }],
    ['does not default to false', { input: z.strictObject({ vm: z.string(), fast: z.boolean().default(true) }) }],
    ['wait belongs', { long: true, input: z.strictObject({ vm: z.string(), wait: z.number().optional() }) }],
    ['not optional', { picture: 'ok' } as Partial<Tool>],
    ['not optional', { newFile: 'vm' } as Partial<Tool>],
    [
      'no operation',
      { long: true, picture: 'ok', output: z.strictObject({ ok: z.string().optional() }) } as Partial<Tool>,
    ],
    ['no example', { examples: [] }],
    ['input of "One"', { examples: [{ title: 'One', input: { vm: 3 }, output: { ok: true } }] }],
    ['output of "One"', { examples: [{ title: 'One', input: { vm: 'a' }, output: {} }] }],
  ])('say "%s" of %j', (words, changes) => {
    expect(checkTool(change(changes))).toEqual(expect.arrayContaining([expect.stringContaining(words)]));
  });

  it('let two tools share a cmdlet only as list and get', () => {
    const list = change({ id: 'vm.list', cmdlet: 'Get-VmbVM', input: z.strictObject({ state: z.string() }) });
    const get = change({ id: 'vm.get', cmdlet: 'Get-VmbVM' });
    const find = change({ id: 'vm.find', cmdlet: 'Get-VmbVM', input: z.strictObject({ text: z.string() }) });
    expect(checkCmdlets([list, get])).toEqual([]);
    expect(checkCmdlets([list, find])).toHaveLength(1);
    expect(checkCmdlets([list, get, find])).toHaveLength(1);
    expect(checkCmdlets([{ ...list, input: get.input }, get])).toEqual([expect.stringContaining('both have')]);
  });
});

describe('the rules for undoing', () => {
  const inverse = (input: Record<string, unknown>): Undo => ({ tool: 'vm.test', input });

  it.each<[string | undefined, Partial<Tool>]>([
    [undefined, {}],
    ['neither how', { effect: 'change' }],
    [undefined, { effect: 'change', undo: { irreversible: 'Why not.' } }],
    [undefined, { effect: 'change', undo: { checkpoint: true } }],
    ['no "vm"', { effect: 'change', undo: { checkpoint: true }, input: z.strictObject({}) }],
    [undefined, { effect: 'change', undo: inverse({ vm: '$before.id' }) }],
    ['which there is not', { effect: 'change', undo: { tool: 'vm.none', input: {} } }],
    ['no field name', { effect: 'change', undo: inverse({ name: 'x' }) }],
    ['there is no "$output.machine.id"', { effect: 'change', undo: inverse({ vm: '$output.machine.id' }) }],
    ['there is no "$input.name"', { effect: 'change', undo: inverse({ vm: '$input.name' }) }],
    ['belongs to the bridge', { undo: { irreversible: 'x' }, output: z.strictObject({ undo: z.string() }) }],
    ['which it does not take', { effectBy: { field: 'mode', values: {} } }],
  ])('say "%s" of %j', (words, changes) => {
    const problems = checkUndo([change(changes)]);
    if (words === undefined) expect(problems).toEqual([]);
    else expect(problems.join('\n')).toContain(words);
  });
});

describe('the effect of a call', () => {
  const method = z.enum(['GET', 'DELETE', 'POST']).default('GET');
  const tool = change({
    effect: 'change',
    effectBy: { field: 'method', values: { GET: 'read', DELETE: 'destroy' } },
    input: z.strictObject({ method }),
  });

  it.each<[unknown, string]>([
    [{ method: 'GET' }, 'read'],
    [{ method: 'DELETE' }, 'destroy'],
    [{ method: 'POST' }, 'change'],
    [{}, 'read'],
    [undefined, 'read'],
    [{ method: 'get' }, 'change'],
    [{ method: 'toString' }, 'change'],
  ])('%j is decided by a field: %s', (input, effect) => {
    expect(effectOfCall(tool, input)).toBe(effect);
    expect(canRead(tool)).toBe(true);
  });

  it('is that of the tool where no field decides', () => {
    expect(effectOfCall({ effect: 'destroy' }, { method: 'GET' })).toBe('destroy');
    expect(effectOfCall({ effect: 'read', newFile: 'target' }, { target: '/a' })).toBe('create');
    expect(canRead({ effect: 'change' })).toBe(false);
  });
});
