import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseStrictXml } from '../proof/campaign/support/strict-xml.ts';
import * as images from '../support/images/index.ts';
import { filesBelow, processesNaming } from '../support/leftovers.ts';
import { type MachineHome, openMachineHome, smallest, waitForNothing } from '../support/machine-server.ts';
import { connectTestClient } from '../support/mcp-client.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';
import { makeSmallDisks, proveWhileKilled } from './support/killed-campaign.ts';

const missing = missingImageTools();
const long = { timeout: 300_000 };
const small = { memoryBytes: smallest.memoryBytes, cpus: 1 };
let place: MachineHome;
beforeEach(async () => {
  place = await openMachineHome();
});
afterEach(() => place[Symbol.asyncDispose]());

describe.skipIf(missing !== undefined)(`Many images (${missing ?? 'on real boots'})`, () => {
  it('are proved by a server that is killed twice and goes on: each once, and nothing is left', long, async () => {
    const { output } = await proveWhileKilled(place, { images: 8, kills: 2, mostVerdicts: 2 });
    expect(output).toMatchObject({ total: 8, passed: 0, failed: 8, errors: 0 });
    expect(new Set(output.images.map((row: { state: string }) => row.state))).toEqual(new Set(['no_boot_device']));
    expect(await waitForNothing(place)).toEqual([]);
  });

  it('of which one boots, one does not and one is damaged are told apart to an MCP client', long, async () => {
    const connection = await connectTestClient({ era: '2025', configuration: { log: { stderr: 'silent' } } });
    const folder = path.join(connection.folder, 'backups, 50% ‘new’ [1]');
    mkdirSync(folder);
    copyFileSync(await images.mbrBiosGrub({ format: 'qcow2' }), path.join(folder, 'good.qcow2'));
    writeFileSync(path.join(folder, 'blank.img'), Buffer.alloc(2 ** 20));
    writeFileSync(path.join(folder, 'damaged.vhdx'), 'vhdxfile');
    const steps: number[] = [];
    const answer = await connection.client.callTool(
      { name: 'proof_run', arguments: { images: [path.join(folder, '*')], parallel: 1, wait: 280 } },
      { timeout: 290_000, onprogress: ({ progress }) => void steps.push(progress) },
    );
    const { result } = answer.structuredContent as { result: Record<string, unknown> & { junit: string } };
    expect(result).toMatchObject({ total: 3, passed: 1, failed: 2, errors: 0 });
    expect(result.images).toMatchObject([
      { image: path.join(folder, 'blank.img'), passed: false, state: 'no_boot_device' },
      { image: path.join(folder, 'damaged.vhdx'), passed: false, fault: { code: 'invalid' } },
      { image: path.join(folder, 'good.qcow2'), passed: true, state: 'login' },
    ]);
    expect(steps).toEqual([...steps].sort((one, other) => one - other));
    const suite = parseStrictXml(readFileSync(result.junit, 'utf8')).children[0];
    const cases = suite?.children.filter(({ name }) => name === 'testcase');
    expect(cases?.map(each => each.children[0]?.name)).toEqual(['failure', 'failure', undefined]);
    expect(filesBelow(path.join(connection.folder, 'run'))).toEqual([]);
    await connection.close();
  });

  it('that are cancelled leave those that are done, and are gone on with', long, async () => {
    const folder = makeSmallDisks(place, 4);
    const server = await place.start();
    const input = { id: 'cut', images: [folder], parallel: 1, options: small };
    const { operation } = await server.call('proof.run', { ...input, wait: 0 });
    const results = path.join(place.home, 'state', 'runs', 'cut', 'results');
    const verdicts = () => (existsSync(results) ? readdirSync(results).filter(name => name.endsWith('.json')) : []);
    while (verdicts().length === 0) await delay(20);
    const cancelled = await server.call('operation.cancel', { operation: operation.id });
    expect(cancelled.operation).toMatchObject({ state: 'cancelled', fault: { data: { id: 'cut' } } });
    const done = verdicts().length;
    expect(done).toBeLessThan(4);
    expect(processesNaming(`${place.home}/run`)).toEqual([]);
    expect(readdirSync(path.join(place.home, 'state', 'evidence'))).toHaveLength(done);
    expect(await server.call('proof.run', { id: 'cut', wait: 200 })).toMatchObject({ total: 4, failed: 4 });
    expect(readdirSync(path.join(place.home, 'state', 'evidence'))).toHaveLength(4);
    await server.stop();
  });

  it('of one run are refused to a second server, while the first works on them', long, async () => {
    const folder = makeSmallDisks(place, 2);
    const [first, second] = [await place.start(), await place.start()];
    const input = { id: 'shared', images: [folder], parallel: 1, options: small, wait: 200 };
    const running = first.call('proof.run', input);
    while (!existsSync(path.join(place.home, 'state', 'runs', 'shared', 'run.json'))) await delay(10);
    await expect(second.call('proof.run', input)).rejects.toMatchObject({
      data: { code: 'conflict', data: { processId: first.pid } },
    });
    expect(await running).toMatchObject({ total: 2, failed: 2 });
    expect(await second.call('proof.run', input)).toMatchObject({ total: 2, failed: 2 });
    await first.stop();
    await second.stop();
  });
});
