import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { runProgram } from '../../src/host/run-program.ts';
import { startProgram } from '../../src/host/start-program.ts';

const node = process.execPath;
const script = (code: string, ...args: string[]) => ['-e', code, ...args];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('running a program', () => {
  test('gives both outputs and the exit code, whatever it is', async () => {
    const code = 'process.stdout.write("out\\n"); process.stderr.write("err\\n"); process.exitCode = 3';
    expect(await runProgram(node, script(code))).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('hands over arguments, input, folder and environment as they are', async () => {
    const code =
      'process.stdin.on("data", d => console.log(JSON.stringify([String(d), process.cwd(), process.env.VMB_X, process.argv.slice(1)])))';
    const args = [' ', '"', "'", '$(id)', '%PATH%', '‘', 'a,b', '日本', '\\', '--', '*'];
    const options = { input: 'in ü', cwd: folder, environment: { VMB_X: 'y' } };
    const { stdout } = await runProgram(node, ['-e', code, '--', ...args], options);
    expect(JSON.parse(stdout)).toEqual(['in ü', folder, 'y', args]);
  });

  test('hands over any text as one argument', async () => {
    const text = fc.string({ unit: 'binary' }).filter(one => !one.includes('\0') && one.isWellFormed());
    await fc.assert(
      fc.asyncProperty(text, async one => {
        expect((await runProgram('printf', ['%s', one])).stdout).toBe(one);
      }),
      { numRuns: 50 },
    );
  });

  test('has an empty input when none is given', async () => {
    expect(await runProgram('cat', [], { timeoutMs: 5000 })).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('says why a program could not be started', async () => {
    await expect(runProgram('/nowhere/program', [])).rejects.toMatchObject({
      code: 'unavailable',
      data: { systemCode: 'ENOENT' },
    });
    await expect(runProgram('no-such-program-anywhere', [])).rejects.toMatchObject({ code: 'unavailable' });
    const file = join(folder, 'not-executable');
    await writeFile(file, 'x', { mode: 0o644 });
    await expect(runProgram(file, [])).rejects.toMatchObject({ code: 'denied' });
    await expect(runProgram(node, ['a\0b'])).rejects.toMatchObject({ code: 'invalid' });
  });

  test('ends a program whose time is up, or that prints too much, or that was ended by a signal', async () => {
    await expect(runProgram('sleep', ['60'], { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(runProgram('yes', [], { maxOutputBytes: 10_000 })).rejects.toMatchObject({ code: 'failed' });
    await expect(runProgram(node, script('process.kill(process.pid, "SIGSEGV")'))).rejects.toMatchObject({
      code: 'failed',
    });
  });

  test('is over, when it was cancelled, only after the program has ended', async () => {
    const mark = `vmb-mark-${process.pid}`;
    const outcome = runProgram(
      node,
      script('process.on("SIGTERM", () => setTimeout(() => process.exit(), 100)); setInterval(() => {}, 1000)', mark),
      {
        signal: AbortSignal.timeout(300),
      },
    );
    await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(mark);
    await expect(runProgram(node, ['-v'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('a started program', () => {
  test('tells when it has ended, how, and with which last words', async () => {
    const program = await startProgram(
      node,
      script('process.stderr.write("x".repeat(200000) + "END"); process.exitCode = 7'),
    );
    expect(program.pid).toBeGreaterThan(0);
    const exit = await program.exited;
    expect(exit).toMatchObject({ code: 7, signal: undefined });
    expect(exit.stderr.endsWith('xEND')).toBe(true);
    expect(exit.stderr.length).toBe(64 * 1024);
  });

  test('can be ended at once', async () => {
    const program = await startProgram('sleep', ['60']);
    program.kill();
    expect(await program.exited).toMatchObject({ code: undefined, signal: 'SIGKILL' });
    program.kill();
  });

  test('must exist', async () => {
    const outcome = await startProgram('/nowhere/program', []).then(
      program => program.exited,
      (error: unknown) => error,
    );
    // With the death signal in between it is that program which does not find it.
    expect(JSON.stringify(outcome)).toMatch(/unavailable|127/);
  });
});

describe('finding a program', () => {
  test('follows the search path, then the given folders, and takes only what can be run', async () => {
    const program = join(folder, 'my-program');
    await writeFile(program, '#!/bin/sh\n', { mode: 0o644 });
    const places = { environment: { PATH: '/nowhere::/usr/bin' }, folders: [folder] };
    expect(await findProgram('my-program', places)).toBeUndefined();
    await chmod(program, 0o755);
    expect(await findProgram('my-program', places)).toBe(program);
    expect(await findProgram('env', places)).toBe('/usr/bin/env');
    expect(await findProgram('env', { environment: {} })).toBeUndefined();
  });
});
