import { encode } from 'gpt-tokenizer';
import { describe, expect, it } from 'vitest';
import { openTestBridge } from '../rpc/support/test-bridge.ts';

/** What a conversation may pay for knowing the tools. */
const budget = 12_000;

async function countTokens(settings: Parameters<typeof openTestBridge>[0]): Promise<number> {
  await using test = await openTestBridge(settings);
  const list = { tools: test.bridge.listTools().map(({ mcp }) => mcp) };
  return encode(JSON.stringify(list)).length;
}

describe('the list of tools', () => {
  it(`of the default groups costs less than ${budget} tokens`, async () => {
    expect(
      await countTokens({ memory: false, configuration: { providers: { qemu: { enabled: true } } } }),
    ).toBeLessThan(budget);
  });

  it('stays below that with every tool there is', async () => {
    expect(await countTokens({ configuration: { providers: { qemu: { enabled: true } } } })).toBeLessThan(budget);
  });
});
