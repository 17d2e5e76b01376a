import { afterAll, describe, expect, it } from 'vitest';
import { agentGuest, panickingKernel } from '../../support/images/index.ts';
import { missingImageTools } from '../../support/missing-image-tools.ts';
import { AgentBench } from './support/agent-machine.ts';

const missing = missingImageTools();
const bench = new AgentBench();
afterAll(() => bench.close());

describe.skipIf(missing !== undefined)(`a wait for a login ${missing ?? ''}`, () => {
  it('ends early when the kernel has panicked for good', async () => {
    const image = await panickingKernel({ firmware: 'bios', format: 'qcow2', console: 'both' });
    const { name } = await bench.start({ image });
    const wait = bench.run('vm.wait', { vm: name, for: 'login', timeoutSeconds: 150 });
    await expect(wait).rejects.toMatchObject({
      code: 'failed',
      data: { line: expect.stringContaining('Kernel panic') },
    });
  }, 240_000);

  it('works on a machine that this process keeps, which is sampled from its start', async () => {
    const image = await agentGuest();
    const { machine } = await bench.run('image.boot', { image, accelerator: 'tcg', memoryBytes: 2 ** 28 });
    const { detail } = await bench.run('vm.wait', { vm: machine.id, for: 'login', timeoutSeconds: 150 });
    expect(detail).toContain('vmbridge-sample login:');
    const { live, series } = await bench.run('vm.stats', { vm: machine.id, series: true });
    expect(series?.samples.length).toBeGreaterThan(1);
    expect(series?.samples.some(({ cpuPercent = 0 }) => cpuPercent > 10)).toBe(true);
    expect(live.disks[0]?.readBytes).toBeGreaterThan(1_000_000);
    const { method } = await bench.run('vm.stop', { vm: machine.id });
    expect(method).toBe('guest');
  }, 240_000);
});
