import { encode } from 'gpt-tokenizer';
import { describe, expect, it } from 'vitest';
import { isShownAt } from '../../src/rpc/guard.ts';
import { instructions } from '../../src/rpc/mcp/instructions.ts';
import { openTestBridge } from '../rpc/support/test-bridge.ts';

/** What a conversation may pay for knowing the tools. */
const budget = 12_000;

async function countTokens(settings: Parameters<typeof openTestBridge>[0]): Promise<number> {
  await using test = await openTestBridge(settings);
  const shown = test.bridge.listTools().filter(tool => isShownAt(tool, 'mcp'));
  // What many tools take is explained once, in the instructions: they are part of the price.
  return encode(instructions + JSON.stringify({ tools: shown.map(({ mcp }) => mcp) })).length;
}

describe('the list of tools', () => {
  it(`of the default groups costs less than ${budget} tokens`, async () => {
    expect(
      await countTokens({ memory: false, configuration: { providers: { qemu: { enabled: true } } } }),
    ).toBeLessThan(budget);
  });

  it('may cost twice that where a cluster is configured, with all that it can do', async () => {
    const hosts = { lab: { provider: 'proxmox', addresses: ['127.0.0.1'] } };
    const providers = { qemu: { enabled: true }, proxmox: { enabled: true } };
    const tokens = await countTokens({ memory: false, configuration: { providers, hosts } });
    expect(tokens).toBeLessThan(2 * budget);
    const machines = { flags: { groups: ['vm', 'checkpoint', 'inventory', 'operation'] } };
    expect(await countTokens({ memory: false, configuration: { providers, hosts }, ...machines })).toBeLessThan(budget);
  });

  it('stays below that with every tool of this host', async () => {
    expect(await countTokens({ configuration: { providers: { qemu: { enabled: true } } } })).toBeLessThan(budget);
  });
});
