import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import { copyFromGuest } from '../../../src/qemu/agent/copy-from-guest.ts';
import { copyToGuest } from '../../../src/qemu/agent/copy-to-guest.ts';
import { decodeOutput } from '../../../src/qemu/agent/decode-output.ts';
import { type CommandRequest, runCommand } from '../../../src/qemu/agent/run-command.ts';
import { processesNaming } from '../../support/leftovers.ts';
import { RealAgent } from './support/real-agent.ts';

let agent: RealAgent | undefined;
let blocked: RealAgent | undefined;
let reason = '';
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-copy-'));
  try {
    agent = await RealAgent.start();
    blocked = await RealAgent.start(['guest-exec']);
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
}, 120_000);
afterAll(async () => {
  await agent?.stop();
  await blocked?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function use(context: TestContext, which: 'open' | 'blocked' = 'open'): RealAgent {
  const found = which === 'open' ? agent : blocked;
  if (!found) return context.skip(`the guest agent does not run here: ${reason}`);
  return found;
}

function run(found: RealAgent, command: string, args: string[] = [], changes: Partial<CommandRequest> = {}) {
  return runCommand(found.withAgent, { command, arguments: args, timeoutMs: 20_000, ...changes });
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Fault) return error;
  throw new Error(`no Fault: ${String(error)}`);
}

const services = (found: RealAgent, signal = new AbortController().signal) => ({
  withAgent: found.withAgent,
  signal,
  progress() {},
});

describe('a program in the guest', () => {
  it('gets its arguments as they are, and its streams and exit code come back', async context => {
    const args = ['a b', '$(reboot)', '"', "'", '\n', 'ü', '*', ''];
    const script = 'printf "%s|" "$@"; echo to-stderr >&2; exit 7';
    const result = await run(use(context), 'sh', ['-c', script, 'sh', ...args]);
    expect(result.exitCode).toBe(7);
    expect(result.stdout.toString()).toBe(args.map(text => `${text}|`).join(''));
    expect(result.stderr.toString()).toBe('to-stderr\n');
  });

  it('gets input and an environment', async context => {
    const changes = { input: Buffer.from('line one\n'), environment: ['COLOUR=dark blue', 'PATH=/bin:/usr/bin'] };
    const result = await run(use(context), '/bin/sh', ['-c', 'cat; echo "$COLOUR"'], changes);
    expect(result.stdout.toString()).toBe('line one\ndark blue\n');
  });

  it('tells of the signal that ended it', async context => {
    const result = await run(use(context), 'sh', ['-c', 'kill -TERM $$']);
    expect([result.exitCode, result.signal]).toEqual([undefined, 15]);
  });

  it('may print what is no text, and more than is returned', async context => {
    const binary = await run(use(context), 'sh', ['-c', 'printf "\\377\\000\\001"']);
    expect(decodeOutput(binary.stdout, 100)).toEqual({ text: '/wAB', encoding: 'base64', truncated: false });
    const large = await run(use(context), 'sh', ['-c', 'yes äöü | head -c 3000000']);
    expect(large.stdout.length).toBe(3_000_000);
    const decoded = decodeOutput(large.stdout, 1_000_001);
    expect([decoded.encoding, decoded.truncated]).toEqual(['utf8', true]);
    expect(decoded.text).toMatch(/^äöü\n[^\ufffd]*$/);
  });

  it('may print more than the agent keeps', async context => {
    const result = await run(use(context), 'sh', ['-c', 'head -c 20000000 /dev/zero'], { timeoutMs: 50_000 });
    expect([result.truncated, result.stdout.length]).toEqual([true, 16 * 1024 * 1024]);
  });

  it('that is not there is not found, and one that is no program is denied', async context => {
    expect(await faultOf(run(use(context), '/no/such/program'))).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('"/no/such/program"'),
      data: { field: 'command' },
    });
    expect((await faultOf(run(use(context), '/etc/passwd'))).code).toBe('denied');
  });

  it('is ended when its time is over', async context => {
    const mark = path.join(folder, 'over-time');
    const fault = await faultOf(run(use(context), 'tail', ['-f', '/dev/null', mark], { timeoutMs: 500 }));
    expect([fault.code, fault.data?.ended]).toEqual(['timeout', true]);
    expect(processesNaming(mark)).toEqual([]);
  });

  it('is ended when the call is cancelled', async context => {
    const mark = path.join(folder, 'cancelled');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 400);
    const request = { command: 'tail', arguments: ['-f', '/dev/null', mark], timeoutMs: 60_000 };
    const fault = await faultOf(runCommand(use(context).withAgent, request, controller.signal));
    expect([fault.code, fault.data?.ended]).toEqual(['cancelled', true]);
    expect(processesNaming(mark)).toEqual([]);
  });

  it('does not keep others from the agent while it runs', async context => {
    const found = use(context);
    const slow = run(found, 'sleep', ['2']);
    await wait(200);
    const started = performance.now();
    expect((await run(found, 'echo', ['quick'])).stdout.toString()).toBe('quick\n');
    expect(performance.now() - started).toBeLessThan(1500);
    expect((await slow).exitCode).toBe(0);
  });

  it('is denied by an agent that forbids it, with the place to allow it', async context => {
    const fault = await faultOf(run(use(context, 'blocked'), 'true'));
    expect([fault.code, fault.remedy]).toEqual(['denied', expect.stringContaining('/etc/sysconfig/qemu-ga')]);
  });
});

describe('a copy through the agent', () => {
  const content = Buffer.from(Array.from({ length: 700_001 }, (_, index) => (index * 7919) & 0xff));

  function prepare(name: string): { source: string; target: string; place: string } {
    const place = path.join(folder, name);
    mkdirSync(place);
    const source = path.join(place, 'source');
    writeFileSync(source, content);
    return { source, target: path.join(place, `-rf $(x) 'ü' "target"`), place };
  }

  it('into the guest is whole, compared by hash, and leaves nothing else', async context => {
    const { source, target, place } = prepare('to');
    const result = await copyToGuest({ source, target, overwrite: false }, services(use(context)));
    expect([result.bytes, result.compared, result.atomic]).toEqual([content.length, 'sha256', true]);
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(readdirSync(place)).toHaveLength(2);
  });

  it('out of the guest is whole, compared by hash, and leaves nothing else', async context => {
    const { source, target, place } = prepare('from');
    const updates: number[] = [];
    const result = await copyFromGuest(
      { source, target, overwrite: false },
      { ...services(use(context)), progress: done => updates.push(done) },
    );
    expect([result.bytes, result.compared]).toEqual([content.length, 'sha256']);
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(readdirSync(place)).toHaveLength(2);
    expect(updates.at(-1)).toBe(content.length);
    expect(updates).toEqual([...updates].sort((one, other) => one - other));
  });

  it('of an empty file works both ways', async context => {
    const { place } = prepare('empty');
    const [empty, there, back] = ['empty', 'there', 'back'].map(name => path.join(place, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(empty, '');
    await copyToGuest({ source: empty, target: there, overwrite: false }, services(use(context)));
    const result = await copyFromGuest({ source: there, target: back, overwrite: false }, services(use(context)));
    expect([result.bytes, readFileSync(back).length]).toEqual([0, 0]);
  });

  it.for(['open', 'blocked'] as const)(
    'replaces a file of the guest only when told to (agent: %s)',
    async (which, context) => {
      const { source, place } = prepare(`over-${which}`);
      const target = path.join(place, 'old');
      writeFileSync(target, 'old');
      const fault = await faultOf(copyToGuest({ source, target, overwrite: false }, services(use(context, which))));
      expect([fault.code, readFileSync(target, 'utf8')]).toEqual(['conflict', 'old']);
      const result = await copyToGuest({ source, target, overwrite: true }, services(use(context, which)));
      expect([result.atomic, result.compared]).toEqual(which === 'open' ? [true, 'sha256'] : [false, 'size']);
      expect(readFileSync(target).equals(content)).toBe(true);
    },
  );

  it('does not wait for a pipe that nobody writes to', async context => {
    const { place } = prepare('pipe');
    const pipe = path.join(place, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const request = { source: pipe, target: path.join(place, 'copy'), overwrite: false };
    expect((await faultOf(copyToGuest(request, services(use(context))))).code).toBe('invalid');
  });

  it('never replaces a file of the host', async context => {
    const { source, place } = prepare('host');
    const target = path.join(place, 'mine');
    writeFileSync(target, 'mine');
    const fault = await faultOf(copyFromGuest({ source, target, overwrite: true }, services(use(context))));
    expect([fault.code, readFileSync(target, 'utf8'), readdirSync(place)]).toEqual([
      'conflict',
      'mine',
      ['mine', 'source'],
    ]);
  });

  it('refuses folders and says what to do with them', async context => {
    const { source, target, place } = prepare('folders');
    const found = use(context);
    const faults = [
      await faultOf(copyToGuest({ source: place, target, overwrite: false }, services(found))),
      await faultOf(copyFromGuest({ source: place, target, overwrite: false }, services(found))),
    ];
    expect(faults.map(fault => fault.code)).toEqual(['invalid', 'invalid']);
    expect(faults.every(fault => fault.remedy?.includes('tar'))).toBe(true);
    expect((await faultOf(copyToGuest({ source, target: place, overwrite: true }, services(found)))).code).toBe(
      'conflict',
    );
    expect(existsSync(target)).toBe(false);
  });

  it('names what is not there', async context => {
    const found = use(context);
    const { source, place } = prepare('missing');
    const gone = path.join(place, 'gone');
    const cases = [
      () => copyToGuest({ source: gone, target: path.join(place, 'x'), overwrite: false }, services(found)),
      () => copyToGuest({ source, target: path.join(gone, 'x'), overwrite: false }, services(found)),
      () => copyFromGuest({ source: gone, target: path.join(place, 'x'), overwrite: false }, services(found)),
      () => copyFromGuest({ source, target: path.join(gone, 'x'), overwrite: false }, services(found)),
    ];
    const codes: string[] = [];
    for (const work of cases) codes.push((await faultOf(work())).code);
    expect(codes).toEqual(['not_found', 'not_found', 'not_found', 'not_found']);
    expect(readdirSync(place)).toEqual(['source']);
  });

  it.for(['toGuest', 'fromGuest'] as const)('%s that is cancelled leaves nothing', async (direction, context) => {
    const { source, target, place } = prepare(`cancel-${direction}`);
    writeFileSync(source, Buffer.alloc(300_000_000));
    const controller = new AbortController();
    const copy = direction === 'toGuest' ? copyToGuest : copyFromGuest;
    const fault = await faultOf(
      copy(
        { source, target, overwrite: false },
        { ...services(use(context), controller.signal), progress: done => done > 1_000_000 && controller.abort() },
      ),
    );
    expect([fault.code, readdirSync(place)]).toEqual(['cancelled', ['source']]);
    rmSync(source);
    const { stdout } = await run(use(context), 'sh', ['-c', 'ls -l /proc/$PPID/fd']);
    expect(stdout.toString()).not.toContain(place);
  });

  it('without a way to run programs says what a failure has left', async context => {
    const { source, place } = prepare('partial');
    const target = path.join(place, 'target');
    const controller = new AbortController();
    writeFileSync(source, Buffer.alloc(30_000_000));
    const fault = await faultOf(
      copyToGuest(
        { source, target, overwrite: false },
        {
          ...services(use(context, 'blocked'), controller.signal),
          progress: done => done > 500_000 && controller.abort(),
        },
      ),
    );
    expect([fault.code, fault.data?.partial]).toEqual(['cancelled', target]);
  });

  it('of more than can be held is not begun', async context => {
    const { source, target, place } = prepare('large');
    truncateSync(source, 9 * 1024 ** 3);
    const found = use(context);
    const faults = [
      await faultOf(copyToGuest({ source, target, overwrite: false }, services(found))),
      await faultOf(copyFromGuest({ source, target, overwrite: false }, services(found))),
    ];
    expect(faults.map(({ code, data }) => [code, data?.field])).toEqual([
      ['invalid', 'source'],
      ['invalid', 'source'],
    ]);
    expect(readdirSync(place)).toEqual(['source']);
    rmSync(source);
  });

  it('is denied by an agent that forbids to open files, and leaves nothing', async context => {
    const { source, target, place } = prepare('forbidden');
    use(context);
    const strict = await RealAgent.start(['guest-file-open', 'guest-exec']);
    try {
      for (const copy of [copyToGuest, copyFromGuest]) {
        const fault = await faultOf(copy({ source, target, overwrite: false }, services(strict)));
        expect([fault.code, fault.remedy]).toEqual(['denied', expect.stringContaining('qemu-ga')]);
      }
      expect(readdirSync(place)).toEqual(['source']);
    } finally {
      await strict.stop();
    }
  });
});
