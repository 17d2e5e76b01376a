import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../scripts/build/bundle.ts';
import { bundleForSnapshot } from '../../../scripts/build/snapshot.ts';
import { type Message, type RawServer, startRawServer } from '../../support/mcp-raw-server.ts';

/** An answer without what differs from process to process. */
function timeless(answer: Message): unknown {
  return JSON.parse(JSON.stringify({ ...answer, id: 0 }).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then'));
}

describe('A start-up snapshot', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-snapshot-'));
  const blob = path.join(folder, 'vmbridge.blob');
  let fromSnapshot: RawServer;
  let fromBundle: RawServer;

  beforeAll(async () => {
    const [{ entry }, script] = await Promise.all([bundle(folder), bundleForSnapshot(folder)]);
    const { status, stderr } = spawnSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', script]);
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
    fromSnapshot = await startRawServer({ nodeFlags: ['--snapshot-blob', blob], program: [] });
    fromBundle = await startRawServer({ program: [entry] });
  });
  afterAll(async () => {
    await Promise.all([fromSnapshot.stop(), fromBundle.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function expectSame(method: string, params?: unknown): Promise<void> {
    const [first, second] = await Promise.all([
      fromSnapshot.request(method, params),
      fromBundle.request(method, params),
    ]);
    expect(timeless(first)).toEqual(timeless(second));
  }

  it('greets and lists the same tools as the bundle', async () => {
    const clientInfo = { name: 'raw', version: '1' };
    await expectSame('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    await expectSame('tools/list');
  });

  it.each([
    ['vm_list', {}],
    ['vm_get', { vm: 'web' }],
    ['vm_get', { vm: 'nowhere' }],
    ['vm_get', { vm: 5 }],
    ['vm_delete', { vm: 'web' }],
    ['provider_list', {}],
    ['vm_levitate', {}],
  ])('answers %s %o like the bundle', async (name, input) => {
    await expectSame('tools/call', { name, arguments: input });
  });

  it('asks a person by a form, and does what was approved', async () => {
    const server = await startRawServer({ nodeFlags: ['--snapshot-blob', blob], program: [] });
    const clientInfo = { name: 'raw', version: '1' };
    const capabilities = { elicitation: {} };
    await server.request('initialize', { protocolVersion: '2025-06-18', capabilities, clientInfo });
    server.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    const call = server.callTool('vm_delete', { vm: 'db' });
    const form = await server.find(({ method }) => method === 'elicitation/create');
    const code = /type this code: (\w+)/.exec(String(form.params?.message))?.[1];
    server.send({ jsonrpc: '2.0', id: form.id, result: { action: 'accept', content: { code } } });
    expect((await call).result?.structuredContent).toMatchObject({ result: { deleted: 'memory:local/db' } });
    await server.stop();
  });

  it('takes the flags and the configuration of the process that it becomes', async () => {
    const settings = { nodeFlags: ['--snapshot-blob', blob], program: [], flags: ['--read-only'] };
    const server = await startRawServer({ ...settings, configuration: { groups: ['operation'] } });
    const { result } = await server.request('tools/list');
    const names = ((result?.tools ?? []) as { name: string }[]).map(tool => tool.name);
    expect(names).toEqual(['operation_cancel', 'operation_get', 'operation_list', 'operation_wait']);
    await server.stop();
  });

  it('refuses bad flags and other commands', async () => {
    const run = (...words: string[]) => spawnSync(process.execPath, ['--snapshot-blob', blob, ...words]);
    expect(run('serve', '--levitate').status).toBe(2);
    expect(run('list').status).toBe(2);
    expect(String(run('serve', '--levitate').stdout)).toBe('');
  });
});
