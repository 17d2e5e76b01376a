import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { main } from './support/run-vmbridge.ts';

it('An older Node is told what is needed, and nothing is started', () => {
  const pretend = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'22.18.1'}})`;
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', preload, main, 'tools'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('Node 22.19 or later is needed; this is 22.18.1');
});
