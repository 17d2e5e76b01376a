import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planText } from '../../../src/rpc/cli/output/plan-text.ts';
import type { TestHome } from '../../support/mcp-home.ts';
import { createPretendHome, runVmbridge } from './support/run-vmbridge.ts';

let home: TestHome;
beforeAll(() => {
  home = createPretendHome();
});
afterAll(() => home.remove());

const run = (words: string) => runVmbridge(home, words.split(' '));

describe('--plan', () => {
  it('tells what a call would do, asks nobody, and does nothing', async () => {
    const { status, stdout, stderr } = await run('call vm.stop --vm web --plan');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Plan of vm\.stop memory:local\/web \(change\); nothing has been done:\n1\. /);
    const { json } = await run('--plan call vm.delete --vm db --json');
    expect(json).toMatchObject({ tool: 'vm.delete', effect: 'destroy', target: 'memory:local/db' });
    expect(json.steps).toHaveLength(1);
    const { json: list } = await run('call vm.list --json');
    expect(list.machines.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).toEqual(
      expect.arrayContaining(['db stopped', 'web running']),
    );
  });

  it('is taken by the commands that are one call', async () => {
    expect(await run('start db --plan')).toMatchObject({ status: 0, stdout: expect.stringContaining('vm.start') });
    expect(await run('stop web --plan')).toMatchObject({ status: 0, stdout: expect.stringContaining('vm.stop') });
    expect((await run('start web --plan')).stdout).toContain('There is nothing to do.');
  });

  it('fails as the call would', async () => {
    const { status, json } = await run('call vm.delete --vm web --plan --json');
    expect({ status, code: json.error.code }).toEqual({ status: 1, code: 'conflict' });
  });

  it.each(['list --plan', 'prove x.raw --plan', '--plan doctor', '--plan rpc', '--plan serve'])(
    'is refused by %s, so that nobody thinks that nothing was done',
    async words => {
      const { status, stderr } = await run(words);
      expect(status).toBe(2);
      expect(stderr).toContain('can not tell its plan');
    },
  );

  it.each(['rpc --plan', 'serve --plan'])('is no flag of a door: %s', async words => {
    expect((await run(words)).status).toBe(2);
  });
});

describe('a plan for people', () => {
  it('numbers its steps and quotes its commands', () => {
    const text = planText({
      tool: 'image.convert',
      effect: 'create',
      target: '/my disk.raw',
      steps: [
        { summary: 'Copy.', command: ['/usr/bin/qemu-img', 'convert', "it's", '\u001b[31m'] },
        { summary: 'Tell it.', request: { to: 'QMP', body: { execute: 'cont' } }, condition: 'when it is there' },
        { summary: 'Remove.', file: { action: 'delete', path: '<run folder>' } },
      ],
    });
    const quoted = process.platform === 'win32' ? "'it''s'" : String.raw`'it'\''s'`;
    expect(text.split('\n')).toEqual([
      "Plan of image.convert '/my disk.raw' (create); nothing has been done:",
      '1. Copy.',
      `   /usr/bin/qemu-img convert ${quoted} '\\x1b[31m'`,
      '2. Tell it. (when it is there)',
      '   QMP: {"execute":"cont"}',
      '3. Remove.',
      "   delete '<run folder>'",
    ]);
  });

  it('says so when there is nothing to do', () => {
    expect(planText({ tool: 'vm.list', effect: 'read', steps: [] })).toBe('vm.list: It only reads.');
  });
});
