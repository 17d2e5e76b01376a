import { afterAll, describe, expect, it } from 'vitest';
import { panickingKernel } from '../../support/images/index.ts';
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
});
