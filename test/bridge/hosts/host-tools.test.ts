import { chmodSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';
import { type ContractServer, missingContracts, startContractServer } from '../../support/proxmox/contract-server.ts';

const missing = missingContracts();
const lab = { name: 'lab', provider: 'proxmox', addresses: ['pve1.lab'], user: 'root@pam', credential: 'lab' };
let bridge: TestBridge;
beforeAll(async () => {
  process.env.VMBRIDGE_PASSPHRASE = 'correct horse battery';
  bridge = await openTestBridge({ configuration: { providers: { proxmox: { enabled: true } } } });
  await bridge.call('credential.set', { name: 'lab', secret: 'x' });
});
afterAll(() => bridge?.[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const { name } of (await bridge.call('host.list')).hosts) await bridge.call('host.remove', { host: name });
});

const file = () => path.join(bridge.home, 'config.json');
const configuration = () => JSON.parse(readFileSync(file(), 'utf8'));

describe('hosts', () => {
  it('are added and removed; all else in the file stays, and so does its mode', async () => {
    const before = configuration();
    chmodSync(file(), 0o640);
    const settings = { ...lab, addresses: ['pve1', 'pve2:8007'], timeoutSeconds: 5 };
    const added = await bridge.call('host.add', { ...settings, skipTest: true });
    expect(added).toMatchObject({ host: settings, checks: [], undo: { handle: expect.any(String) } });
    const { name: _, ...written } = settings;
    expect(configuration()).toEqual({ ...before, hosts: { lab: written } });
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o640);
    expect(await bridge.call('host.list')).toEqual({ hosts: [settings] });
    await expect(bridge.call('host.add', { ...lab, skipTest: true })).rejects.toMatchObject({ code: 'conflict' });
    await bridge.call('host.add', { ...lab, skipTest: true, replace: true });
    expect(await bridge.call('host.list')).toEqual({ hosts: [lab] });
    expect(await bridge.call('host.remove', { host: 'lab' })).toMatchObject({ removed: lab, unused: ['lab'] });
    expect(configuration()).toEqual(before);
  });

  it('that are removed come back when that is undone', async () => {
    await bridge.call('host.add', { ...lab, skipTest: true });
    const { undo } = await bridge.call('host.remove', { host: 'lab' });
    await bridge.call('operation.undo', { handle: undo.handle });
    expect(await bridge.call('host.list')).toEqual({ hosts: [lab] });
  });

  it.each([
    ['a name in capitals', { name: 'Lab' }, 'name'],
    ['the name of this machine', { name: 'local' }, 'name'],
    ['a name that objects have', { name: '__proto__' }, 'name'],
    ['an address without TLS', { addresses: ['http://a'] }, 'addresses'],
    ['no account', { user: undefined }, 'user'],
    ['a provider that is not remote', { provider: 'memory' }, 'provider'],
    ['a field for the secret itself', { secret: 'x' }, 'secret'],
  ])('are not added with %s', async (_, changes, field) => {
    const before = configuration();
    const call = bridge.call('host.add', { ...lab, ...changes, skipTest: true });
    await expect(call).rejects.toMatchObject({ code: 'invalid', data: { field } });
    expect(configuration()).toEqual(before);
  });

  it('that do not answer are not added, and the step that failed is told', async () => {
    const call = bridge.call('host.add', { ...lab, addresses: ['127.0.0.1:1'] });
    await expect(call).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('Nothing listens at 127.0.0.1:1'),
      data: { check: 'connection', checks: [{ name: 'address', passed: true }, { passed: false }] },
    });
    expect(configuration()).not.toHaveProperty('hosts');
  });

  it('are planned without being asked or written', async () => {
    const plan = await bridge.bridge.plan('host.add', lab, { door: 'cli', signal: new AbortController().signal });
    expect(plan.steps).toMatchObject([{}, { file: { action: 'write', path: file() } }]);
    expect(configuration()).not.toHaveProperty('hosts');
  });

  it('have near names told where there is none of that name', async () => {
    await bridge.call('host.add', { ...lab, skipTest: true });
    for (const tool of ['host.test', 'host.remove']) {
      await expect(bridge.call(tool, { host: 'labb' })).rejects.toMatchObject({
        code: 'not_found',
        remedy: expect.stringContaining('Did you mean lab?'),
      });
      await expect(bridge.call(tool, { host: 'constructor' })).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('secrets', () => {
  it.each([
    ['two lines', 'Quokka\ntwo'],
    ['nothing', ''],
    ['a control character', 'Quokka\u0007'],
    ['half a character', 'Quokka\ud800'],
    ['more than 8 KiB', 'Quokka'.repeat(1400)],
  ])('of %s are refused, and the Fault does not repeat them', async (_, secret) => {
    const fault = await bridge.call('credential.set', { name: 'new', secret }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'invalid', data: { field: 'secret' } });
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toContain('Quokka');
  });

  it('that a host uses are not forgotten, unless it is said so', async () => {
    await bridge.call('credential.set', { name: 'used', secret: 'x' });
    await bridge.call('host.add', { ...lab, credential: 'used', skipTest: true });
    const { credentials } = await bridge.call('credential.list');
    expect(credentials).toMatchObject([
      { name: 'lab', usedBy: [] },
      { name: 'used', usedBy: ['lab'] },
    ]);
    const call = bridge.call('credential.remove', { name: 'used' });
    await expect(call).rejects.toMatchObject({ code: 'conflict', data: { hosts: ['lab'] } });
    await bridge.call('credential.remove', { name: 'used', evenIfUsed: true });
    expect(await bridge.call('credential.list')).toMatchObject({ missing: ['used'] });
    await expect(bridge.call('credential.remove', { name: 'lba' })).rejects.toMatchObject({
      code: 'not_found',
      remedy: expect.stringContaining('Did you mean lab?'),
    });
  });

  it('are in no line of the audit log', async () => {
    await bridge.call('credential.set', { name: 'new', secret: 'nobody-reads-this' });
    const lines = bridge.audit().filter(({ tool }) => tool === 'credential.set');
    expect(lines.at(-1)).toMatchObject({ input: { name: 'new', secret: '(secret)' }, outcome: 'succeeded' });
    expect(JSON.stringify(lines)).not.toContain('nobody-reads-this');
  });

  it.each(['mcp', 'jsonrpc'] as const)('are for people: no program is let near them by %s', async door => {
    for (const [tool, input] of [
      ['credential.set', { name: 'lab', secret: 'x' }],
      ['credential.list', {}],
      ['credential.remove', { name: 'lab' }],
      ['host.add', lab],
      ['host.remove', { host: 'lab' }],
      ['config.set', { key: 'readOnly', value: false }],
    ] as const) {
      await expect(bridge.call(tool, input, { door }), tool).rejects.toMatchObject({
        code: /^(denied|approval_required)$/,
      });
    }
  });
});

describe('the configuration', () => {
  it('is set, told with where it comes from, and put back by undoing', async () => {
    const set = await bridge.call('config.set', { key: 'log.level', value: 'debug' });
    expect(set).toMatchObject({ entries: [{ key: 'log.level', value: 'debug', source: 'file' }], wasUnset: true });
    expect(set.restart).toHaveLength(1);
    expect((await bridge.call('config.get', { key: 'log' })).entries).toEqual([
      { key: 'log.level', value: 'debug', source: 'file' },
      { key: 'log.stderr', value: 'warn', source: 'default' },
    ]);
    const again = await bridge.call('config.set', { key: 'log.level', value: 'warn' });
    expect(again).toMatchObject({ before: 'debug', wasUnset: false });
    await bridge.call('operation.undo', { handle: again.undo.handle });
    expect(configuration().log).toEqual({ level: 'debug' });
    await bridge.call('operation.undo', { handle: set.undo.handle });
    expect(configuration()).not.toHaveProperty('log');
    const { name: _, ...value } = lab;
    expect((await bridge.call('config.set', { key: 'hosts.lab', value })).restart).toEqual([]);
    expect((await bridge.call('host.list')).hosts).toHaveLength(1);
  });

  it.each([
    ['config.get', { key: 'log.lvel' }, 'not_found', /Did you mean log\.level\?/],
    ['config.set', { key: 'log.lvel', value: 'x' }, 'invalid', /Did you mean log\.level\?/],
    ['config.set', { key: 'log..level', value: 'x' }, 'invalid', /dot/],
    ['config.set', { key: 'log.level' }, 'invalid', /one of the two/],
    ['config.set', { key: 'log.level', value: 'info', unset: true }, 'invalid', /one of the two/],
    ['config.set', { key: 'readOnly', value: 'yes' }, 'invalid', /Nothing was changed/],
    ['config.set', { key: 'readOnly.deep', value: 'yes' }, 'invalid', /./],
  ])('refuses what is wrong: %s %j', async (tool, input, code, remedy) => {
    const before = configuration();
    await expect(bridge.call(tool, input)).rejects.toMatchObject({ code, remedy: expect.stringMatching(remedy) });
    expect(configuration()).toEqual(before);
  });
});

describe.skipIf(missing !== undefined)(`a host that answers (${missing ?? 'by its contract'})`, () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({ version: '8.4' });
    await bridge.call('credential.set', { name: 'root', secret: server.rootPassword });
  });
  afterAll(() => server?.close());

  it('is added, and servers that run see it, and its machines, at once', async () => {
    await using other = await openTestBridge({
      home: bridge.home,
      configuration: { providers: { proxmox: { enabled: true } } },
    });
    expect((await other.call('vm.list', { provider: 'proxmox' })).machines).toEqual([]);
    const settings = { ...lab, addresses: server.addresses, caFile: server.caFile, credential: 'root' };
    const { checks } = await bridge.call('host.add', settings);
    expect(checks.at(-1)).toMatchObject({ name: 'privileges', passed: true });
    const { machines } = await other.call('vm.list', { provider: 'proxmox' });
    expect(machines.map(({ id }: { id: string }) => id)).toContain('proxmox:lab/100');
    expect(await other.call('host.test', { host: 'lab' })).toMatchObject({ host: 'lab', passed: true });
  });

  it('whose certificate nobody vouches for is not added, and the certificate is told', async () => {
    const call = bridge.call('host.add', { ...lab, addresses: server.addresses, credential: 'root' });
    await expect(call).rejects.toMatchObject({ code: 'denied', data: { fingerprint: server.fingerprints[0] } });
    expect(configuration()).not.toHaveProperty('hosts');
  });
});
