import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanStep } from '../../../../src/model/plan.ts';
import { AgentClient } from '../../../../src/qemu/agent/agent-client.ts';
import { agentGuest } from '../../../support/images/index.ts';
import { missingImageTools } from '../../../support/missing-image-tools.ts';
import { AgentBench } from '../support/agent-machine.ts';
import { requestsOf, sentBy } from './support/watch-commands.ts';

const missing = missingImageTools();
const bench = new AgentBench();
let vm = '';
beforeAll(async () => {
  if (missing !== undefined) return;
  vm = (await bench.start({ image: await agentGuest() })).name;
  await bench.run('vm.wait', { vm, for: 'agent', timeoutSeconds: 150 });
}, 240_000);
afterAll(() => bench.close());

/** What only the run knows, as a plan writes it; sizes are asked for, and reading goes on until the end. */
function asPlanned(sent: readonly object[]): unknown[] {
  const text = sent
    .map(each => JSON.stringify(each))
    .filter(line => !line.includes('guest-file-seek'))
    .map(line =>
      line
        .replace(/"handle":\d+/, '"handle":"<handle>"')
        .replace(/"buf-b64":"[^"]*"/, '"buf-b64":"<content>"')
        .replaceAll(/\.[0-9a-f]{12}\.part/g, '.<random>.part'),
    );
  return text.filter((line, index) => line !== text[index - 1]).map(line => JSON.parse(line));
}

/** What a plan says, how it looks at the guest, and what the call sends then. */
async function told(id: 'vm.exec' | 'vm.copy', input: Record<string, unknown>) {
  let steps: PlanStep[] = [];
  const looks = await sentBy(AgentClient.prototype, async () => {
    steps = await bench.plan(id, { vm, ...input });
  });
  const sent = await sentBy(AgentClient.prototype, () => bench.run(id, { vm, ...input }));
  return { steps, looks: asPlanned(looks), sent: asPlanned(sent) };
}

describe.skipIf(missing !== undefined)(`a plan for a guest agent ${missing ?? ''}`, () => {
  it('is what the agent is asked to run', async () => {
    const { steps, looks, sent } = await told('vm.exec', { command: 'sh', arguments: ['-c', 'exit 3'] });
    expect(looks).toEqual([]);
    expect(requestsOf(steps)).toEqual(sent);
    expect(steps[0]?.request?.to).toBe(`guest agent of qemu:local/${vm}`);
  });

  it('tells neither what a program reads nor the values of its variables', async () => {
    const secrets = { input: 'xyzzy', environment: ['PASSWORD=plugh', 'A=b=plugh'] };
    const { steps, sent } = await told('vm.exec', { command: 'cat', ...secrets });
    expect(JSON.stringify(steps)).not.toMatch(/xyzzy|plugh|eHl6enk/);
    const [{ arguments: args } = { arguments: {} }] = sent as { arguments: object }[];
    const hidden = { env: ['PASSWORD=<secret>', 'A=<secret>'], 'input-data': '<secret>' };
    expect(requestsOf(steps)).toEqual([{ execute: 'guest-exec', arguments: { ...args, ...hidden } }]);
  });

  it('of a copy to the guest is what the agent is told, after a look at the target', async () => {
    const source = path.join(bench.home, 'letter');
    writeFileSync(source, 'a letter');
    const copy = { direction: 'toGuest', source, target: '/tmp/letter' };
    const { steps, looks, sent } = await told('vm.copy', copy);
    expect(looks).toHaveLength(1);
    expect([...looks, ...requestsOf(steps)]).toEqual(sent);
    await expect(bench.plan('vm.copy', { vm, ...copy })).rejects.toMatchObject({ code: 'conflict' });
    expect(await bench.plan('vm.copy', { vm, ...copy, overwrite: true })).toHaveLength(steps.length);
  });

  it('of a copy from the guest names the file that is made', async () => {
    const copy = { direction: 'fromGuest', source: '/tmp/letter', target: path.join(bench.home, 'answer') };
    const planned = await bench.plan('vm.copy', { vm, ...copy });
    expect(existsSync(copy.target)).toBe(false);
    const { steps, looks, sent } = await told('vm.copy', copy);
    expect(steps).toEqual(planned);
    expect([...looks, ...requestsOf(steps)]).toEqual(sent);
    expect(steps.at(-1)?.file).toEqual({ action: 'create', path: copy.target });
    expect(readFileSync(copy.target, 'utf8')).toBe('a letter');
    const again = bench.plan('vm.copy', { vm, ...copy });
    await expect(again).rejects.toMatchObject({ code: 'conflict', data: { field: 'target' } });
    const gone = bench.plan('vm.copy', { vm, ...copy, source: '/tmp/none', target: path.join(bench.home, 'none') });
    await expect(gone).rejects.toMatchObject({ code: 'not_found', data: { field: 'source' } });
  });
});
