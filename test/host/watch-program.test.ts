import { describe, expect, it } from 'vitest';
import { watchProgram } from '../../src/host/watch-program.ts';

const run = (code: string, signal?: AbortSignal) => {
  const pieces: string[] = [];
  const onOutput = (text: string) => void pieces.push(text);
  return { pieces, exit: watchProgram(process.execPath, ['-e', code], { onOutput, signal }) };
};

describe('watching a program', () => {
  it('hands its output over while it runs, and its exit code and errors at the end', async () => {
    const { pieces, exit } = run(
      "console.log('ä'.repeat(10)); console.error('why'); setTimeout(() => process.exit(3), 200)",
    );
    expect(await exit).toMatchObject({ code: 3, stderr: 'why\n' });
    expect(pieces.join('')).toBe('ääääääääää\n');
  });

  it('puts letters together that were cut', async () => {
    const { pieces, exit } = run(
      'process.stdout.write(Buffer.from([0xc3])); setTimeout(() => process.stdout.write(Buffer.from([0xa4])), 200)',
    );
    await exit;
    expect(pieces.join('')).toBe('ä');
  });

  it('has ended it when it is cancelled', async () => {
    const stop = new AbortController();
    const { pieces, exit } = run('console.log(process.pid); setInterval(() => {}, 1000)', stop.signal);
    const outcome = exit.catch(fault => fault);
    while (pieces.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
    stop.abort();
    expect(await outcome).toMatchObject({ code: 'cancelled' });
    expect(() => process.kill(Number(pieces.join('')), 0)).toThrow();
    await expect(run('0', stop.signal).exit).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says what kept it from starting', async () => {
    const exit = watchProgram('/nowhere/program', [], { onOutput() {} });
    // With setpriv before it, it is that which fails to find it.
    const outcome = await exit.catch(fault => fault);
    expect(outcome.code === 'unavailable' || outcome.code === 127 || outcome.code === 1).toBe(true);
  });
});
