import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { tools } from '../../src/catalog/tools.ts';
import { Fault, faultCodes } from '../../src/errors/fault.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { wireInput, wireOutput } from '../../src/tools/derive/wire-schemas.ts';
import { openTestBridge } from './support/test-bridge.ts';

const catalogue: Readonly<Record<string, Tool>> = tools;
const ids = Object.keys(tools);
const oddKeys = ['', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'wait', 'vm'];
const oddValues = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    '',
    '\0',
    '../..',
    'memory:local/',
    'memory:',
    ':',
    'web',
    'memory:local/web',
    'x'.repeat(40_000),
    -1,
    1e308,
    NaN,
  ),
  fc.string({ unit: 'binary' }),
);

/** Inputs of which some fit: the tool's own fields with odd values, or taken from an example with one field changed. */
function inputsOf(id: string): fc.Arbitrary<unknown> {
  const tool = catalogue[id]!;
  // A new file would be written wherever the odd name leads, and a plan that is applied is in force on this host.
  const fields = Object.keys(wireInput(tool).shape).filter(field => field !== tool.newFile && field !== 'apply');
  const key = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...fields, 'vm') },
    fc.constantFrom(...oddKeys),
    fc.string(),
  );
  const odd = fc.array(fc.tuple(key, oddValues), { maxLength: 4 }).map(entries => Object.fromEntries(entries));
  const examples = tool.examples.map(example => example.input as object);
  const nearly = fc.tuple(fc.constantFrom(...examples), odd).map(([example, changes]) => ({ ...example, ...changes }));
  const withoutWait = fc.oneof(odd, nearly).map(input => ('wait' in input ? input : { ...input, wait: 0.05 }));
  return fc.oneof(fc.jsonValue({ maxDepth: 1 }), odd, nearly, ...(tool.long ? [withoutWait] : []));
}

describe('the input of every tool', () => {
  it.each(ids)('%s: whatever it is, a Fault or an answer that fits the schema comes back', async id => {
    const tool = catalogue[id]!;
    const machines = [{ name: 'web', state: 'running' }, { name: 'other' }];
    await using test = await openTestBridge({ memory: { machines, speed: 10_000 } });
    await fc.assert(
      fc.asyncProperty(inputsOf(id), async input => {
        let answer: unknown;
        try {
          answer = await test.call(id, input, { signal: AbortSignal.timeout(2000) });
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          const { code, message } = error as Fault;
          expect(faultCodes).toContain(code);
          expect(message).not.toContain('failed unexpectedly');
          expect(message.length).toBeLessThan(70_000);
          return;
        }
        expect(wireOutput(tool).safeParse(JSON.parse(JSON.stringify(answer))).error).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it.each(ids)('%s: a field of a wrong type is named', async id => {
    await using test = await openTestBridge();
    for (const [field, schema] of Object.entries(wireInput(catalogue[id]!).shape)) {
      const example = catalogue[id]!.examples[0]!.input as object;
      const takes = (value: unknown) => (schema as z.ZodType).safeParse(value).success;
      const wrong = [7, { wrong: true }].find(value => !takes(value));
      // A value of any kind has no wrong type.
      if (wrong === undefined) continue;
      const fault = await test.call(id, { ...example, [field]: wrong }).catch(fault => fault);
      expect(fault, field).toMatchObject({ code: 'invalid', data: { field }, remedy: expect.any(String) });
      expect(fault.message).toContain(`"${field}"`);
    }
    const unknown = await test.call(id, { ...catalogue[id]!.examples[0]!.input, fiedl: 1 }).catch(fault => fault);
    expect(unknown).toMatchObject({ code: 'invalid', data: { field: 'fiedl' } });
  });

  it('may be left out where nothing is needed', async () => {
    await using test = await openTestBridge();
    expect(await test.call('vm.list', undefined)).toMatchObject({ machines: [] });
    await expect(test.call('vm.get', undefined)).rejects.toMatchObject({ code: 'invalid', data: { field: 'vm' } });
  });

  it('is not given back at full length when it is wrong', async () => {
    await using test = await openTestBridge();
    const long = 'x'.repeat(5_000_000);
    for (const input of [
      { vm: long },
      { [long]: 1 },
      { vm: 'a', ...Object.fromEntries(Array.from({ length: 9999 }, (_, i) => [`k${i}`, 1])) },
    ]) {
      const { code, message, data } = await test.call('vm.get', input).catch(fault => fault);
      expect(code).toBe('invalid');
      expect(JSON.stringify({ message, data }).length).toBeLessThan(10_000);
    }
  });
});

describe('what a provider can not honour', () => {
  it('is refused when set, and nothing when it is left at its default', async () => {
    const { Router } = await import('../../src/rpc/route.ts');
    const ran: unknown[] = [];
    const provider = {
      title: 'Half a provider',
      operations: {
        'vm.stop': { run: (_: unknown, input: unknown) => ran.push(input), without: ['timeoutSeconds', 'force'] },
      },
    };
    const providers = {
      enabled: [{ id: 'half' }],
      load: async () => provider,
      requireAvailable: async () => {},
      session: async () => ({}),
    };
    // biome-ignore lint/suspicious/noExplicitAny: only the parts that the router uses.
    const router = new Router({ providers, log: { debug() {} } } as any, {
      readOnly: false,
      groups: undefined,
      machines: [],
    });
    const call = { signal: new AbortController().signal, door: 'cli' as const, progress() {} };
    const stop = (input: object) =>
      router.run('vm.stop', { ...tools['vm.stop'].input.parse({ vm: 'half:local/a', ...input }) }, call);
    await stop({});
    await stop({ timeoutSeconds: 60, force: false });
    expect(ran).toHaveLength(2);
    for (const [field, value] of [
      ['timeoutSeconds', 0],
      ['force', true],
    ] as const) {
      await expect(stop({ [field]: value })).rejects.toMatchObject({ code: 'unsupported', data: { field } });
    }
    expect(ran).toHaveLength(2);
  });
});

describe('what an operation answers', () => {
  it('is held against the schema', async () => {
    const { checkOutput } = await import('../../src/rpc/check-output.ts');
    expect(() => checkOutput(tools['vm.get'], { machine: { id: 'x' } })).toThrow(
      expect.objectContaining({
        code: 'failed',
        data: { problems: expect.arrayContaining([expect.stringContaining('machine.provider')]) },
      }),
    );
  });
});
