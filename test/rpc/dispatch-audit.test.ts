import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { auditInput } from '../../src/rpc/audit-input.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { vmExec } from '../../src/tools/vm-guest.ts';
import { openTestBridge } from './support/test-bridge.ts';

const machines = [{ name: 'web' }];

describe('the audit log', () => {
  it('has one line for each change and none for what only reads', async () => {
    await using test = await openTestBridge({ memory: { machines } });
    await test.call('vm.list');
    await test.call('vm.start', { vm: 'web' }, { client: 'a client' });
    await test.call('network.create', { name: 'lab' });
    await test.call('network.delete', { network: 'lab' }, { door: 'mcp' }).catch(() => {});
    await test.call('vm.start', { vm: 7 }).catch(() => {});
    await test.call('vm.pause', { vm: 'nobody' }).catch(() => {});
    const lines = test.audit();
    expect(lines.map(({ tool, outcome }) => [tool, outcome])).toEqual([
      ['vm.start', 'succeeded'],
      ['network.create', 'succeeded'],
      ['network.delete', 'approval asked'],
      ['network.delete', 'approval_required'],
      ['vm.start', 'invalid'],
      ['vm.pause', 'not_found'],
    ]);
    expect(lines[0]).toMatchObject({
      at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
      door: 'cli',
      user: expect.any(String),
      client: 'a client',
      input: { vm: 'web' },
      operation: expect.stringMatching(/^op-/),
      milliseconds: expect.any(Number),
    });
  });

  it('tells first that an operation runs on and later how it ended', async () => {
    await using test = await openTestBridge({ memory: { machines, speed: 20 } });
    const { operation } = await test.call('vm.start', { vm: 'web', wait: 0 });
    expect(test.audit()).toMatchObject([{ outcome: 'running', operation: operation.id }]);
    await test.call('operation.wait', { operation: operation.id });
    expect(test.audit()).toMatchObject([{ outcome: 'running' }, { outcome: 'succeeded', operation: operation.id }]);
  });
});

describe('the input in the audit log', () => {
  const secret = z.string().meta({ secret: true });
  const tool = defineTool({
    id: 'test.secret',
    cmdlet: 'Set-VmbSecret',
    group: 'test',
    summary: 'Takes secrets.',
    effect: 'change',
    long: true,
    input: z.strictObject({
      name: z.string(),
      plain: secret,
      wrapped: secret.optional().describe('wrapped'),
      outside: z.string().default('').meta({ secret: true }),
      nested: z.strictObject({ user: z.string(), token: secret.optional() }).optional(),
      list: z.array(z.strictObject({ token: secret })).optional(),
    }),
    output: z.strictObject({}),
    errors: [],
    examples: [],
  });

  it('has no secret in it, wherever it stands', () => {
    const x = 'hunter2';
    const input = {
      name: 'n',
      plain: x,
      wrapped: x,
      outside: x,
      nested: { user: 'u', token: x },
      list: [{ token: x }],
      wait: 3,
    };
    const kept = auditInput(tool, { ...input, pasword: x, constructor: x, ['__proto__']: x });
    expect(JSON.stringify(kept)).not.toContain(x);
    expect(kept).toMatchObject({ name: 'n', plain: '(secret)', nested: { user: 'u', token: '(secret)' }, wait: 3 });
    expect(JSON.stringify(auditInput(tool, x))).not.toContain(x);
    expect(JSON.stringify(auditInput(tool, [x]))).not.toContain(x);
  });

  it('has the command that is run in a guest, but neither what it reads nor its environment', () => {
    const x = 'hunter2';
    const input = {
      vm: 'web',
      command: 'chpasswd',
      arguments: ['-e'],
      input: `root:${x}`,
      environment: [`TOKEN=${x}`],
    };
    const kept = auditInput(vmExec, input);
    expect(JSON.stringify(kept)).not.toContain(x);
    expect(kept).toMatchObject({ command: 'chpasswd', arguments: ['-e'] });
  });

  it('stays short', () => {
    const input = {
      name: 'x'.repeat(10_000_000),
      ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])),
    };
    expect(JSON.stringify(auditInput(tool, input)).length).toBeLessThan(5000);
  });
});
