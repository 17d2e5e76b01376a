import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { ApprovalStore } from '../../../src/bridge/approvals/approval-store.ts';

const module = pathToFileURL(path.resolve('src/bridge/approvals/approval-store.ts')).href;

/** Uses an approval as the dispatcher does, says so, and never comes to the work. */
const program = `
  const { ApprovalStore } = await import(${JSON.stringify(module)});
  const [settings, id, binding] = JSON.parse(process.argv[1]);
  const used = await new ApprovalStore(settings).consume(id, binding);
  console.log(used);
  setInterval(() => {}, 1000);
`;

it('An approval whose user is killed before the work began lets nobody do it a second time', async () => {
  const state = mkdtempSync(path.join(tmpdir(), 'vmb-killed-'));
  const settings = { folder: path.join(state, 'approvals'), state, minutes: 10 };
  const store = new ApprovalStore(settings);
  const binding = await store.bind('vm.delete', { vm: 'web' }, [], { state: 'stopped' });
  const request = { tool: 'vm.delete', effect: 'destroy' as const, input: { vm: 'web' }, steps: [] };
  const { id } = await store.ask(request, binding);
  await store.decide(id, 'approved', 'ada (cli)');
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', program, JSON.stringify([settings, id, binding])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [said] = await once(child.stdout, 'data');
  expect(String(said).trim()).toBe('true');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await store.consume(id, binding)).toBe(false);
  expect(await new ApprovalStore(settings).find(binding.call)).toBeUndefined();
  rmSync(state, { recursive: true });
});
