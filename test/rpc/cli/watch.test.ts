import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createTestHome } from '../../support/mcp-home.ts';
import { noProviders } from '../../support/no-providers.ts';
import { main, runVmbridge } from './support/run-vmbridge.ts';

const machines = [{ name: 'web', state: 'running' }, { name: 'db' }];
const memory = { enabled: true, speed: 1000, file: 'world.json', machines };

describe('vmbridge watch', () => {
  it.skipIf(process.platform === 'win32').each([
    { flags: [], first: '+ memory:local/db db stopped', change: /^\* memory:local\/db state running, /m },
    {
      flags: ['--json'],
      first: '{"added":[{"id":"memory:local/db"',
      change: /^\{"added":\[\],"changed":\[\{"id":"memory:local\/db"/m,
    },
  ])('tells what there is and what another process changes, until Ctrl-C: $flags', async ({ flags, first, change }) => {
    const home = createTestHome({ inventory: { watchSeconds: 0.5 }, providers: { ...noProviders, memory } });
    const child = spawn(process.execPath, [main, 'watch', ...flags], { env: home.environment, stdio: 'pipe' });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const closed = once(child, 'close');
    await expect.poll(() => output, { timeout: 20_000 }).toContain('memory:local/web');
    expect(output.startsWith(first)).toBe(true);
    expect((await runVmbridge(home, ['start', 'db'])).status).toBe(0);
    await expect.poll(() => output, { timeout: 20_000 }).toMatch(change);
    child.kill('SIGINT');
    expect((await closed)[0]).toBe(130);
    home.remove();
  });

  it('refuses a filter that there is not, and ends', async () => {
    const home = createTestHome({ providers: { ...noProviders, memory } });
    const { status, stderr } = await runVmbridge(home, ['watch', '--provider', 'nobody']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('no provider "nobody"')]);
    home.remove();
  });
});
