import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ProofResult } from '../../src/model/proof.ts';
import { openTestBridge } from '../rpc/support/test-bridge.ts';
import * as images from '../support/images/index.ts';
import { filesBelow, processesNaming } from '../support/leftovers.ts';
import { createTestHome } from '../support/mcp-home.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

const missing = missingImageTools();
const main = path.resolve(import.meta.dirname, '../../src/main.ts');
const hour = { timeout: 3_600_000 };

async function expectNothing(home: string, within = 5000): Promise<void> {
  const rest = () => [...filesBelow(path.join(home, 'run')), ...processesNaming(`${home}/run`)];
  const deadline = Date.now() + within;
  while (rest().length > 0 && Date.now() < deadline) await delay(50);
  expect(rest()).toEqual([]);
}

describe.skipIf(missing !== undefined)(`Campaigns (${missing ?? 'on real boots'})`, () => {
  test('60 proofs, two at a time, all reach the prompt and leave nothing but evidence', hour, async () => {
    const image = await images.mbrBiosGrub({ format: 'qcow2' });
    await using bridge = await openTestBridge({ configuration: { providers: { qemu: { enabled: true } } } });
    const results: ProofResult[] = [];
    const worker = async () => {
      while (results.length < 60) {
        const answer = await bridge.call('image.prove', { image, wait: 600 });
        results.push(answer.result as ProofResult);
      }
    };
    await Promise.all([worker(), worker()]);
    const seconds = results.map(result => result.durationSeconds).sort((a, b) => a - b);
    console.log(`proofs: ${results.length}, seconds: ${seconds[0]} to ${seconds.at(-1)}, median ${seconds[30]}`);
    expect(results.filter(result => result.verdict.state !== 'login' || !result.unchanged)).toEqual([]);
    await expectNothing(bridge.home);
  });

  test('40 proofs cancelled at random moments leave no process and no file', hour, async () => {
    const image = await images.mbrBiosGrub({ workSeconds: 20 });
    await using bridge = await openTestBridge({ configuration: { providers: { qemu: { enabled: true } } } });
    for (let round = 0; round < 40; round++) {
      const controller = new AbortController();
      const running = bridge.call('image.prove', { image }, { signal: controller.signal, door: 'mcp' });
      const outcome = running.then(
        () => 'succeeded',
        (fault: { code: string }) => fault.code,
      );
      await delay(Math.random() * 6000);
      const asked = performance.now();
      controller.abort();
      expect(await outcome).toBe('cancelled');
      expect(performance.now() - asked).toBeLessThan(10_000);
      await expectNothing(bridge.home, 1000);
      expect(filesBelow(path.join(bridge.home, 'state', 'evidence'))).toEqual([]);
    }
  });

  test('20 servers killed at random moments leave no QEMU, and the next start clears up', hour, async () => {
    const image = await images.mbrBiosGrub({ workSeconds: 20 });
    const home = createTestHome({ log: { stderr: 'silent' } });
    for (let round = 0; round < 20; round++) {
      const child: ChildProcess = spawn(process.execPath, [main, 'prove', image, '--json'], {
        env: home.environment,
        stdio: 'ignore',
      });
      const exited = once(child, 'exit');
      await delay(500 + Math.random() * 7000);
      child.kill('SIGKILL');
      await exited;
      const deadline = Date.now() + 5000;
      while (processesNaming(`${home.folder}/run`).length > 0 && Date.now() < deadline) await delay(50);
      expect(processesNaming(`${home.folder}/run`)).toEqual([]);
    }
    const last = spawn(process.execPath, [main, 'list', '--json'], { env: home.environment, stdio: 'ignore' });
    expect((await once(last, 'exit'))[0]).toBe(0);
    await expectNothing(home.folder);
    home.remove();
  });
});
