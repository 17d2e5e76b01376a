import { copyFileSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import { connect, startServer } from '../rpc/jsonrpc/support/start-server.ts';
import * as images from '../support/images/index.ts';
import { filesBelow, processesNaming } from '../support/leftovers.ts';
import { answerForms, connectTestClient, eras, showsForms } from '../support/mcp-client.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

const missing = missingImageTools();
const onlyQemu = { log: { stderr: 'silent' } };
const long = { timeout: 180_000 };

async function expectNothingLeft(home: string, except: (file: string) => boolean = () => false): Promise<void> {
  const rest = () => [...filesBelow(path.join(home, 'run')), ...filesBelow(path.join(home, 'state', 'evidence'))];
  for (let tries = 0; tries < 20 && rest().some(file => !except(file)); tries++) await delay(100);
  expect(rest().filter(file => !except(file))).toEqual([]);
  expect(processesNaming(`${home}/run`)).toEqual([]);
}

describe.skipIf(missing !== undefined)(`An image is proved (${missing ?? 'through every door'})`, () => {
  test.each(eras)('by an MCP client of %s, with progress', long, async era => {
    const image = await images.mbrBiosGrub();
    const connection = await connectTestClient({ era, configuration: onlyQemu });
    const steps: number[] = [];
    const answer = await connection.client.callTool(
      { name: 'image_prove', arguments: { image, wait: 170 } },
      { timeout: 175_000, onprogress: ({ progress }) => void steps.push(progress) },
    );
    expect(answer.structuredContent).toMatchObject({
      operation: { state: 'succeeded' },
      result: { verdict: { state: 'login', passed: true }, unchanged: true },
    });
    expect(steps.length).toBeGreaterThan(3);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    await expectNothingLeft(connection.folder, file => /(png|log|json|jsonl|html|pem)$/.test(file));
    await connection.close();
  });

  test.each(eras)('by an MCP client of %s that cancels midway, and nothing is left', long, async era => {
    const image = await images.mbrBiosGrub({ workSeconds: 60 });
    const connection = await connectTestClient({ era, configuration: onlyQemu });
    const controller = new AbortController();
    const running = connection.client.callTool(
      { name: 'image_prove', arguments: { image } },
      { signal: controller.signal, timeout: 170_000 },
    );
    running.catch(() => {});
    while (processesNaming(`${connection.folder}/run`).length === 0) await delay(50);
    await delay(1500);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow();
    await expectNothingLeft(connection.folder);
    const { structuredContent } = await connection.client.callTool({ name: 'operation_list', arguments: {} });
    expect(structuredContent).toMatchObject({ operations: [{ tool: 'image.prove', state: 'cancelled' }] });
    await connection.close();
  });

  test('by an MCP client that goes away: the server ends the machine and itself', long, async () => {
    const image = await images.mbrBiosGrub({ workSeconds: 60 });
    const connection = await connectTestClient({ era: '2025', configuration: onlyQemu });
    connection.client.callTool({ name: 'image_prove', arguments: { image } }).catch(() => {});
    while (processesNaming(`${connection.folder}/run`).length === 0) await delay(50);
    await connection.client.close();
    await expectNothingLeft(connection.folder);
    await connection.close();
  });

  test('by a client whose patience is short: the operation goes on and is waited for', long, async () => {
    const image = await images.mbrBiosGrub();
    const connection = await connectTestClient({ era: '2025', configuration: onlyQemu });
    const call = (name: string, input: Record<string, unknown>) =>
      connection.client.callTool({ name, arguments: input }, { timeout: 175_000 });
    const first = await call('image_prove', { image, wait: 0.2 });
    const { operation } = first.structuredContent as { operation: { id: string; state: string } };
    expect(operation.state).toBe('running');
    const second = await call('operation_wait', { operation: operation.id, seconds: 170 });
    expect(second.structuredContent).toMatchObject({
      operation: { state: 'succeeded', result: { verdict: { state: 'login' } } },
    });
    await connection.close();
  });

  test('by a vscode-jsonrpc client, with progress', long, async () => {
    const image = await images.mbrBiosGrub();
    const server = startServer([], onlyQemu);
    const connection = connect(server);
    const steps: { message?: string; percentage?: number }[] = [];
    connection.onProgress(new ProgressType<{ message?: string; percentage?: number }>(), 'token', step => {
      steps.push(step);
    });
    const answer = await connection.sendRequest('image.prove', { image, wait: 170, workDoneToken: 'token' });
    expect(answer).toMatchObject({ result: { verdict: { state: 'login' }, unchanged: true } });
    expect(steps.length).toBeGreaterThan(3);
    await expectNothingLeft(server.home.folder, file => /(png|log|json|jsonl|html|pem)$/.test(file));
    await server.stop();
  });

  test('by a vscode-jsonrpc client that cancels midway, and nothing is left', long, async () => {
    const image = await images.mbrBiosGrub({ workSeconds: 60 });
    const server = startServer([], onlyQemu);
    const connection = connect(server);
    const source = new CancellationTokenSource();
    const running = connection.sendRequest('image.prove', { image }, source.token);
    running.catch(() => {});
    while (processesNaming(`${server.home.folder}/run`).length === 0) await delay(50);
    await delay(1500);
    source.cancel();
    await expect(running).rejects.toMatchObject({ code: -32800 });
    await expectNothingLeft(server.home.folder);
    await server.stop();
  });

  test('while it lies at a path of commas, quotes and letters of other scripts', long, async () => {
    const connection = await connectTestClient({ era: '2025', configuration: onlyQemu });
    const folder = path.join(connection.folder, `a,b "c" 100% ‘d’ ünï 日本語 'e' json:{} nbd:x`);
    mkdirSync(folder);
    const image = path.join(folder, `-drive,file=x "q" %s ‘’ 漢字.qcow2`);
    const original = await images.mbrBiosGrub({ format: 'qcow2' });
    try {
      linkSync(original, image);
    } catch {
      copyFileSync(original, image);
    }
    const answer = await connection.client.callTool(
      { name: 'image_prove', arguments: { image, wait: 170 } },
      { timeout: 175_000 },
    );
    expect(answer.structuredContent).toMatchObject({ result: { verdict: { state: 'login' }, unchanged: true } });
    rmSync(folder, { recursive: true });
    await connection.close();
  });
});

describe.skipIf(missing !== undefined)(`A booted image (${missing ?? 'a machine like others'})`, () => {
  test('is listed, found by name, paused, resumed and stopped by its guest', long, async () => {
    const image = await images.mbrBiosGrub();
    const connection = await connectTestClient({ era: '2025', configuration: onlyQemu, options: showsForms });
    const forms = answerForms(connection.client);
    const call = async (name: string, input: Record<string, unknown>) => {
      const answer = await connection.client.callTool({ name, arguments: input }, { timeout: 175_000 });
      expect(answer.isError, JSON.stringify(answer.structuredContent)).toBeFalsy();
      return answer.structuredContent as Record<string, unknown>;
    };
    const booted = await call('image_boot', { image, until: 'verdict', wait: 170 });
    expect(booted).toMatchObject({ result: { verdict: { state: 'login' }, machine: { state: 'running' } } });
    const { machine } = booted.result as { machine: { id: string; name: string } };
    expect(await call('vm_list', {})).toMatchObject({ machines: [{ id: machine.id, state: 'running' }], total: 1 });
    expect(await call('vm_pause', { vm: machine.name })).toMatchObject({ machine: { state: 'paused' } });
    expect(await call('vm_get', { vm: machine.id })).toMatchObject({ machine: { state: 'paused' } });
    expect(await call('vm_resume', { vm: machine.id })).toMatchObject({ machine: { state: 'running' } });
    expect(await call('vm_stop', { vm: machine.id })).toMatchObject({ result: { method: 'guest' } });
    expect(await call('vm_list', {})).toMatchObject({ machines: [], total: 0 });
    // A person was asked about each change: with a code at first, with a box to be ticked from then on.
    const fields = forms.map(({ requestedSchema }) => Object.keys(requestedSchema.properties));
    expect(fields).toEqual([['code'], ['approve'], ['approve']]);
    await expectNothingLeft(connection.folder);
    await connection.close();
  });
});
