import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestHome } from '../../support/mcp-home.ts';
import { createPretendHome, runVmbridge } from './support/run-vmbridge.ts';
import { hasTerminal, runOnTerminal } from './support/terminal.ts';

const ctrlC = '\u0003';

describe.skipIf(!hasTerminal)('on a terminal', () => {
  let home: TestHome;
  beforeAll(() => {
    home = createPretendHome();
  });
  afterAll(() => home.remove());

  it('a progress bar comes and goes', async () => {
    const terminal = runOnTerminal(home, ['call', 'vm.restart', '--vm', 'web']);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toMatch(/vm\.restart [█░]+ +\d+ % /);
    expect(terminal.shown()).toContain('memory:local/web');
    // The cursor is shown again at the end.
    expect(terminal.shown().lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.shown().lastIndexOf('\u001b[?25l'));
  });

  it('a progress bar leaves the stdout of a script alone', async () => {
    const file = path.join(home.folder, 'output.json');
    const terminal = runOnTerminal(home, ['call', 'vm.restart', '--vm', 'web', '--json'], { stdoutTo: file });
    expect(await terminal.ended).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ result: { machine: { name: 'web' } } });
    expect(terminal.shown()).toMatch(/█/);
  });

  it.each([48, 70, 100])('lines fit into %i columns', async columns => {
    const terminal = runOnTerminal(home, ['call', 'vm.restart', '--vm', 'web'], { columns });
    const tools = runOnTerminal(home, ['tools'], { columns });
    expect(await terminal.ended).toBe(0);
    expect(await tools.ended).toBe(0);
    // The bar goes back to the first column by an escape sequence.
    const lines = `${terminal.shown()}${tools.shown()}`.split(/[\r\n]+|\u001b\[1G/).map(stripVTControlCharacters);
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(columns);
  });

  it('colours are used, and NO_COLOR is honoured', async () => {
    const coloured = runOnTerminal(home, ['list']);
    const plain = runOnTerminal(home, ['list'], { environment: { NO_COLOR: '1' } });
    await Promise.all([coloured.ended, plain.ended]);
    const style = /\u001b\[\d+m/;
    expect(coloured.shown()).toMatch(style);
    expect(plain.shown()).not.toMatch(style);
    expect(plain.shown()).toContain('memory:local/web');
  });

  it('Ctrl-C cancels a call, which cleans up, and the status is 130', async () => {
    const terminal = runOnTerminal(home, ['call', 'vm.start', '--vm', 'slow']);
    await terminal.see('vm.start');
    terminal.type(ctrlC);
    expect(await terminal.ended).toBe(130);
    expect(terminal.shown()).toMatch(/vmbridge: .*cancelled/i);
    const { json } = await runVmbridge(home, ['call', 'operation.list', '--limit', '1', '--json']);
    expect(json.operations).toMatchObject([{ tool: 'vm.start', state: 'cancelled' }]);
  });

  describe('a destructive call', () => {
    const create = (name: string) => runVmbridge(home, ['call', 'vm.create', '--name', name, '--quiet']);
    const exists = async (name: string) => (await runVmbridge(home, ['call', 'vm.get', '--vm', name])).status === 0;

    it('asks first, and goes on at "yes"', async () => {
      await create('doomed');
      const terminal = runOnTerminal(home, ['call', 'vm.delete', '--vm', 'doomed']);
      await terminal.see('Type "yes" to go on:');
      expect(terminal.shown()).toContain('vm.delete "doomed" destroys something for good.');
      terminal.type('yes\n');
      expect(await terminal.ended).toBe(0);
      expect(await exists('doomed')).toBe(false);
    });

    it.each([
      ['no\n', 1],
      ['\n', 1],
      ['yes please\n', 1],
      [ctrlC, 130],
      ['\u0004', 1],
    ])('does nothing at %j', async (typed, status) => {
      await create('spared');
      const terminal = runOnTerminal(home, ['call', 'vm.delete', '--vm', 'spared']);
      await terminal.see('Type "yes" to go on:');
      terminal.type(typed);
      expect(await terminal.ended).toBe(status);
      expect(await exists('spared')).toBe(true);
    });

    it('does not ask with --yes', async () => {
      await create('hasty');
      const terminal = runOnTerminal(home, ['call', 'vm.delete', '--vm', 'hasty', '--yes']);
      expect(await terminal.ended).toBe(0);
      expect(terminal.shown()).not.toContain('Type "yes"');
      expect(await exists('hasty')).toBe(false);
    });
  });
});
