import { describe, expect, it, vi } from 'vitest';
import { hideMachines } from '../../src/rpc/hide-machines.ts';
import { discover } from '../../src/rpc/jsonrpc/discover.ts';
import { canRead } from '../../src/tools/derive/effect-of-call.ts';
import { openTestBridge } from './support/test-bridge.ts';

const machines = [{ name: 'web' }, { name: 'db' }, { name: 'lab-1' }, { name: 'lab-2', state: 'running' }];

describe('a bridge that is read-only', () => {
  it.each([{ flags: { readOnly: true } }, { configuration: { readOnly: true } }])(
    '%j changes nothing',
    async settings => {
      await using test = await openTestBridge({ memory: { machines }, ...settings });
      const refused = test.call('vm.start', { vm: 'web' });
      await expect(refused).rejects.toMatchObject({ code: 'denied', remedy: expect.stringContaining('--read-only') });
      expect((await test.call('vm.get', { vm: 'web' })).machine.state).toBe('stopped');
      const tools = test.bridge.listTools();
      expect(tools.filter(tool => tool.id !== 'operation.cancel' && !canRead(tool))).toEqual([]);
      // A field decides what these do.
      await expect(test.call('engine.install')).rejects.toMatchObject({ code: 'denied', data: { field: 'planOnly' } });
      await expect(test.call('proof.schedule', { action: 'list' })).resolves.toMatchObject({ applied: false });
    },
  );
});

describe('a bridge with groups', () => {
  it('offers and answers only those', async () => {
    await using test = await openTestBridge({ memory: { machines }, flags: { groups: ['vm', 'operation'] } });
    expect([...new Set(test.bridge.listTools().map(({ group }) => group))].sort()).toEqual(['operation', 'vm']);
    await test.call('vm.list');
    await expect(test.call('network.list')).rejects.toMatchObject({ code: 'denied', data: { group: 'network' } });
  });

  it('is narrowed by the command line, never widened', async () => {
    const configuration = { groups: ['vm', 'network'] };
    await using test = await openTestBridge({ configuration, flags: { groups: ['network', 'checkpoint'] } });
    expect([...new Set(test.bridge.listTools().map(({ group }) => group))]).toEqual(['network']);
  });

  it('refuses a group that there is not', async () => {
    await expect(openTestBridge({ flags: { groups: ['vm', 'wm'] } })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('"wm"'),
      data: { field: 'groups', candidates: expect.arrayContaining(['vm']) },
    });
  });
});

describe('a bridge with a list of machines', () => {
  it.each([['lab-*'], ['memory:local/lab-?'], ['LAB-*']])('%s shows and touches no other', async pattern => {
    await using test = await openTestBridge({ memory: { machines }, flags: { machines: [pattern] } });
    const { machines: shown, total } = await test.call('vm.list');
    expect(shown.map(({ name }: { name: string }) => name)).toEqual(['lab-1', 'lab-2']);
    expect(total).toBe(2);
    await test.call('vm.start', { vm: 'lab-1' });
    await test.call('vm.stop', { vm: 'memory:local/lab-1' });
    await expect(test.call('vm.start', { vm: 'memory:local/web' })).rejects.toMatchObject({ code: 'denied' });
    const byName = test.call('vm.start', { vm: 'web' });
    await expect(byName).rejects.toMatchObject({ code: 'not_found' });
    expect(JSON.stringify(await byName.catch(fault => fault.data))).not.toContain('memory:local/web');
    await expect(test.call('vm.get', { vm: 'memory:local/nobody' })).rejects.toMatchObject({ code: 'denied' });
    await expect(test.call('vm.create', { name: 'new' })).rejects.toMatchObject({ code: 'denied' });
    await test.call('vm.create', { name: 'lab-9' });
  });

  it('hides what an operation on a machine brought that its record does not name', () => {
    const guard = { readOnly: false, groups: undefined, machines: [['lab-*']] };
    const record = (tool: string) => ({ operation: { id: 'op-1', tool, result: { stdout: 'said' } } });
    expect(hideMachines(guard, record('vm.exec'))).toEqual({ operation: { id: 'op-1', tool: 'vm.exec' } });
    expect(hideMachines(guard, record('image.convert'))).toEqual(record('image.convert'));
    expect(hideMachines({ ...guard, machines: [] }, record('vm.exec'))).toEqual(record('vm.exec'));
  });

  it('covers the name that a machine of QEMU gets', async () => {
    await using test = await openTestBridge({
      memory: false,
      configuration: { machines: ['qemu:local/lab-*'], providers: { qemu: { enabled: true } } },
    });
    for (const tool of ['vm.rename', 'vm.clone']) {
      const call = test.call(tool, { vm: 'qemu:local/lab-1', name: 'web' });
      await expect(call).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('web') });
    }
  });

  it('is narrowed by the command line, never widened', async () => {
    const configuration = { machines: ['lab-*'] };
    await using test = await openTestBridge({
      memory: { machines },
      configuration,
      flags: { machines: ['*-1', 'web'] },
    });
    expect((await test.call('vm.list')).machines).toMatchObject([{ name: 'lab-1' }]);
    await expect(test.call('vm.get', { vm: 'memory:local/web' })).rejects.toMatchObject({ code: 'denied' });
  });
});

describe('a machine that is not on the list', () => {
  const memory = {
    machines: machines.map(machine => ({ ...machine, networks: ['lab'] })),
    networks: [{ name: 'lab' }],
  };
  const limited = { memory, flags: { machines: ['lab-*'] } };

  it('is not named by the networks that it is attached to', async () => {
    await using test = await openTestBridge(limited);
    const { networks } = await test.call('network.list');
    expect(networks).toMatchObject([
      { id: 'memory:local/lab', machines: ['memory:local/lab-1', 'memory:local/lab-2'] },
    ]);
    const deleting = test.call('network.delete', { network: 'lab' });
    await expect(deleting).rejects.toMatchObject({ code: 'conflict', data: { field: 'network' } });
    expect(JSON.stringify(await deleting.catch(fault => [fault.remedy, fault.data]))).not.toContain('web');
  });

  it('is not named as a candidate, nor by the operation of another client', async () => {
    await using owner = await openTestBridge({ memory });
    const { operation } = await owner.call('vm.start', { vm: 'web' });
    await using test = await openTestBridge({ memory, flags: { machines: ['memory:local/lab-*'] }, home: owner.home });
    const missing = await test.call('vm.get', { vm: 'memory:local/lab-7' }).catch(fault => fault);
    expect(missing).toMatchObject({
      code: 'not_found',
      data: { candidates: ['memory:local/lab-1', 'memory:local/lab-2'] },
    });
    await vi.waitFor(async () => {
      const found = await test.call('operation.get', { operation: operation.id });
      expect(found.operation).toMatchObject({ tool: 'vm.start', state: 'succeeded' });
      expect(found.operation).not.toHaveProperty('result');
    });
    expect((await owner.call('operation.get', { operation: operation.id })).operation).toHaveProperty('result');
  });
});

describe('a call that destroys', () => {
  const calls: [string, Record<string, unknown>][] = [
    ['vm.delete', { vm: 'web' }],
    ['network.delete', { network: 'lab', provider: 'memory' }],
    ['vm.checkpoint.restore', { vm: 'web', checkpoint: 'a' }],
    ['vm.checkpoint.delete', { vm: 'web', checkpoint: 'a' }],
  ];

  it.each(['mcp', 'jsonrpc'] as const)('is refused over %s, where no person can confirm', async door => {
    await using test = await openTestBridge({ memory: { machines, networks: [{ name: 'lab' }] } });
    await test.call('vm.checkpoint.create', { vm: 'web', name: 'a' });
    for (const [id, input] of calls) {
      const refused = test.call(id, input, { door });
      await expect(refused, id).rejects.toMatchObject({
        code: 'approval_required',
        remedy: expect.stringMatching(/vmbridge approval decide ap-\w{10} approve/),
        data: { tool: id, approval: expect.stringMatching(/^ap-/), plan: { effect: 'destroy' } },
      });
    }
    expect((await test.call('vm.list')).total).toBe(4);
    expect(test.audit().filter(({ outcome }) => outcome === 'approval_required')).toHaveLength(calls.length);
  });

  it('is allowed at the command line', async () => {
    await using test = await openTestBridge({ memory: { machines, networks: [{ name: 'lab' }] } });
    await test.call('vm.checkpoint.create', { vm: 'web', name: 'a' });
    for (const place of [2, 3, 1, 0]) await test.call(...calls[place]!);
    expect((await test.call('vm.list')).total).toBe(3);
  });
});

describe('a tool for people alone', () => {
  const input = { approval: 'ap-0000000000', decision: 'approve' };

  it.each(['mcp', 'jsonrpc'] as const)('is refused over %s with the command for a person', async door => {
    await using test = await openTestBridge();
    for (const id of ['approval.list', 'approval.decide', 'host.add', 'credential.list', 'config.set']) {
      const refused = test.call(id, id === 'approval.decide' ? input : {}, { door });
      await expect(refused, id).rejects.toMatchObject({ code: 'denied', remedy: expect.stringContaining(id) });
    }
  });

  it('is described to programs only where a person has confirmed what they ask for', async () => {
    await using test = await openTestBridge();
    const names = async (door: 'jsonrpc' | 'attended') =>
      ((await discover(test.bridge, door)).methods as { name: string }[]).map(({ name }) => name);
    expect(await names('attended')).toEqual(expect.arrayContaining(['approval.decide', 'config.set', 'vm.list']));
    expect((await names('jsonrpc')).filter(name => /^(approval|credential)\.|^config\.set/.test(name))).toEqual([]);
  });

  it.each(['cli', 'attended'] as const)('is answered at the door %s', async door => {
    await using test = await openTestBridge();
    expect(await test.call('approval.list', {}, { door })).toEqual({ approvals: [], forged: [] });
    await expect(test.call('approval.decide', input, { door })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is shown to a person as a command that no name can break out of', async () => {
    await using test = await openTestBridge();
    const key = `a'; rm -rf ~; echo $(id) "x" & calc | ‘more’ \` %PATH%`;
    const { remedy } = await test.call('config.set', { key, wait: 45 }, { door: 'mcp' }).catch(fault => fault);
    const [, json = ''] = /^Ask a person to run: vmbridge call config\.set '(.*)'$/s.exec(remedy) ?? [];
    expect(json).not.toMatch(/['`$&|;<>%!‘’^()]/);
    expect(JSON.parse(json)).toEqual({ key });
  });
});
