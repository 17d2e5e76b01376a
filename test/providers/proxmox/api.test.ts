import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPaths } from '../../../src/host/paths.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench, openSessionAt } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(`proxmox.api at %s ${missing ?? ''}`, version => {
  let bench: MachineBench;
  let home: string;
  let folder: string;
  const release = version === '8.4' ? '8.4.5' : '9.2.3';

  beforeEach(async () => {
    bench = await openMachineBench({ version });
    home = mkdtempSync(path.join(tmpdir(), 'vmb-api-'));
    const paths = findPaths({ VMBRIDGE_HOME: home });
    folder = path.join(paths.cache, 'proxmox');
    Object.assign(bench.session, { paths });
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  it('reads by a path with values in it, and by a template', async () => {
    const concrete = await bench.run('proxmox.api', { path: '/nodes/pve1/qemu/100/config' });
    expect(concrete).toMatchObject({ data: { name: 'web', cores: 2 }, task: false });
    const template = await bench.run('proxmox.api', {
      path: '/nodes/{node}/qemu/{vmid}/config',
      params: { node: 'pve1', vmid: 100, current: true },
    });
    expect(template.data).toMatchObject({ name: 'web' });
    const volume = await bench.run('proxmox.api', {
      path: '/api2/json/nodes/pve1/storage/local/content/local:iso/debian-13.iso',
    });
    expect(volume.data).toMatchObject({ format: 'iso' });
  });

  it('changes what it is told to, as planned', async () => {
    const input = {
      method: 'PUT',
      path: '/nodes/pve2/qemu/101/config',
      params: { memory: '8192', onboot: true },
    } as const;
    expect(await expectPlanned(bench, 'proxmox.api', input)).toEqual({ data: null, task: false });
    expect(bench.sent()[0]).toEqual({
      method: 'PUT',
      path: '/nodes/{node}/qemu/{vmid}/config',
      params: { node: 'pve2', vmid: '101', memory: '8192', onboot: '1' },
    });
    expect(bench.server.guest(101).config.memory).toBe('8192');
  });

  it('follows a task to its end, and stops it when the call is cancelled', async () => {
    const lines: string[] = [];
    const path = '/nodes/pve1/vzdump';
    const params = { vmid: ['100', '200'], storage: 'shared' };
    const done = await bench.run(
      'proxmox.api',
      { method: 'POST', path, params },
      { progress: ({ message }) => lines.push(message) },
    );
    expect(done).toMatchObject({ task: true, data: expect.stringMatching(/^UPID:pve1:/) });
    expect(done.log?.at(-1)).toBe('TASK OK');
    expect(lines.join()).toContain('Backup');
    expect(bench.sent()[0]?.params.vmid).toBe('100,200');
    bench.server.taskTimes.byType.vzdump = 5000;
    const controller = new AbortController();
    const call = { signal: controller.signal, progress: () => controller.abort() };
    await expect(bench.run('proxmox.api', { method: 'POST', path, params }, call)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(bench.server.calledOf('DELETE', '/nodes/{node}/tasks/{upid}')).toHaveLength(1);
    bench.server.taskTimes.byType.vzdump = 1;
    bench.server.failTask('vzdump', 'no space left');
    await expect(bench.run('proxmox.api', { method: 'POST', path, params })).rejects.toMatchObject({ code: 'failed' });
  });

  it('knows what there is, and says what was meant', async () => {
    const call = (input: object) => bench.run('proxmox.api', input);
    await expect(call({ path: '/nodes/pve1/quemu/100/config' })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'path', candidates: expect.arrayContaining(['/nodes/{node}/qemu/{vmid}/config']) },
    });
    await expect(call({ method: 'DELETE', path: '/version' })).rejects.toMatchObject({
      code: 'invalid',
      data: { field: 'method', candidates: ['GET'] },
    });
    expect(bench.server.calls.map(({ template }) => template)).toEqual(['/version']);
  });

  it('tells all that is wrong with the parameters, and asks nothing then', async () => {
    const params = { vmid: 'abc', memory: '8192', storrage: 'local', start: 'perhaps', net0: 'virtio,brigde=vmbr0' };
    const wrong = bench.run('proxmox.api', { method: 'POST', path: '/nodes/pve1/qemu', params });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid' });
    const failure: unknown = await wrong.catch((error: unknown) => error);
    const { problems: told } = (failure as { data: { problems: { field: string; problem: string }[] } }).data;
    const problems = new Map(told.map(({ field, problem }) => [field, problem]));
    expect(problems.get('vmid')).toBe('must be a whole number');
    expect(problems.get('storrage')).toBe('is not taken here');
    expect(problems.get('start')).toBe('must be true or false');
    expect(problems.get('net0')).toContain('brigde');
    expect(problems.has('memory')).toBe(false);
    const lacking = bench.run('proxmox.api', { method: 'POST', path: '/nodes/pve1/qemu' });
    await expect(lacking).rejects.toMatchObject({ data: { problems: [{ field: 'vmid', problem: 'is missing' }] } });
    const twice = bench.run('proxmox.api', { path: '/nodes/pve1/qemu/100/config', params: { vmid: 101 } });
    await expect(twice).rejects.toMatchObject({ data: { problems: [{ field: 'vmid' }] } });
    expect(bench.sent()).toEqual([]);
  });

  it('shows no secret, neither in a plan nor when the host repeats it', async () => {
    const secret = 'tr0ub4dor-and-3';
    const input = { method: 'POST', path: '/access/users', params: { userid: 'new@pve', password: secret } } as const;
    const steps = await bench.plan('proxmox.api', input);
    expect(JSON.stringify(steps)).not.toContain(secret);
    expect(JSON.stringify(steps)).toContain('new@pve');
    const match = { template: '/access/users', method: 'POST' };
    bench.server.fault({
      match,
      kind: 'status',
      status: 500,
      reason: `bad password '${secret}'`,
      body: `{"data":null,"message":"no: ${secret}"}`,
    });
    const failure: unknown = await bench.run('proxmox.api', input).catch(error => error);
    const told = failure as { message: string; remedy?: string; data?: unknown; code: string };
    expect(told.code).not.toBe('invalid');
    expect(JSON.stringify([told.message, told.remedy, told.data])).not.toContain(secret);
  });

  it('finds paths by a pattern, and tells what one takes', async () => {
    const many = await bench.run('proxmox.api.describe', { path: '/nodes/{node}/qemu/*', method: 'POST', limit: 3 });
    expect(many.methods).toHaveLength(3);
    expect(many.total).toBeGreaterThan(20);
    expect(many.version).toBe(release);
    expect(many.methods[0]?.parameters).toBeUndefined();
    const one = await bench.run('proxmox.api.describe', { path: '/nodes/pve1/storage/local/download-url' });
    expect(one.methods).toMatchObject([{ method: 'POST', path: '/nodes/{node}/storage/{storage}/download-url' }]);
    const wants = new Map(
      one.methods[0]?.parameters?.map(({ name, wants: what, required }) => [name, `${required} ${what}`]),
    );
    expect(wants.get('content')).toBe('true one of: iso, vztmpl, import');
    expect(wants.get('checksum')).toBe('false string');
    const word = await bench.run('proxmox.api.describe', { path: 'replication' });
    expect(word.methods.every(({ path: found }) => found.includes('replication'))).toBe(true);
    expect(word.total).toBeGreaterThan(5);
  });

  it('asks a server for its schema once, and keeps it over sessions', async () => {
    await bench.run('proxmox.api', { path: '/version' });
    const [file = ''] = readdirSync(folder);
    expect(file).toBe(`lab-${release}.json`);
    const read = async () => {
      const session = await openSessionAt(bench.server);
      const documents: string[] = [];
      const readDocument = session.client.readDocument.bind(session.client);
      Object.assign(session, { paths: bench.session.paths });
      session.client.readDocument = (document, options) => {
        documents.push(document);
        return readDocument(document, options);
      };
      const { default: provider } = await import('../../../src/providers/proxmox/index.ts');
      const { describeApi } = await import('../../../src/providers/proxmox/api/describe-api.ts');
      const call = { signal: new AbortController().signal, door: 'cli', progress() {} } as const;
      await Promise.all([describeApi(session, { limit: 1 }, call), describeApi(session, { limit: 1 }, call)]);
      await provider.close(session);
      return documents.length;
    };
    expect(await read()).toBe(0);
    const whole = readFileSync(path.join(folder, file), 'utf8');
    writeFileSync(path.join(folder, file), whole.replace('nodes', 'n0des'));
    expect(await read()).toBe(1);
    expect(readFileSync(path.join(folder, file), 'utf8')).toBe(whole);
    rmSync(folder, { recursive: true });
    mkdirSync(path.dirname(folder), { recursive: true });
    writeFileSync(folder, 'in the way');
    expect(await read()).toBe(1);
  });
});
