import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolOutput } from '../../../src/catalog/types.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { useAgent } from '../../../src/qemu/agent/use-agent.ts';
import { agentGuest } from '../../support/images/index.ts';
import { missingImageTools } from '../../support/missing-image-tools.ts';
import { AgentBench } from './support/agent-machine.ts';

const missing = missingImageTools();
const bench = new AgentBench();
let vm = '';
let ports: number[] = [];
let folder = '';
let early: { fault: Fault; seconds: number } | undefined;
const reached: Partial<Record<'login' | 'agent' | 'port', ToolOutput<'vm.wait'>>> = {};

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Fault) return error;
  throw new Error(`no Fault: ${String(error)}`);
}

beforeAll(async () => {
  if (missing !== undefined) return;
  const machine = await bench.start({ image: await agentGuest(), forwards: [80, 81] });
  ({ name: vm, ports, folder } = machine);
  const started = performance.now();
  early = {
    fault: await faultOf(bench.run('vm.exec', { vm, command: 'true' })),
    seconds: (performance.now() - started) / 1000,
  };
  // Side by side, as callers may: the second channel of the machine serves one at a time.
  const goals = ['login', 'agent', 'port'] as const;
  const waits = goals.map(goal =>
    bench.run('vm.wait', { vm, for: goal, ...(goal === 'port' && { port: 80 }), timeoutSeconds: 150 }),
  );
  for (const [index, result] of (await Promise.all(waits)).entries()) reached[goals[index] ?? 'login'] = result;
}, 240_000);
afterAll(() => bench.close());

describe.skipIf(missing !== undefined)(`a machine with a guest agent ${missing ?? ''}`, () => {
  it('is not asked in vain while its agent does not run yet', () => {
    expect(early?.fault.code).toBe('unavailable');
    expect(early?.fault.remedy).toContain('vm.wait');
    expect(early?.seconds).toBeLessThan(4);
  });

  it('is waited for until its login, its agent and its port are there', () => {
    expect(reached.login?.detail).toContain('vmbridge-sample login:');
    expect(reached.agent?.detail).toBe('the guest agent answers');
    expect(reached.port?.detail).toBe(`port 80 of the guest, forwarded from 127.0.0.1:${ports[0]}`);
  });

  it('runs programs', async () => {
    const updates: string[] = [];
    const result = await bench.run(
      'vm.exec',
      { vm, command: 'sh', arguments: ['-c', 'cat; hostname; exit 3'], input: 'ü\n' },
      { progress: ({ message }) => updates.push(message) },
    );
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: 'ü\nvmbridge-sample\n',
      stdoutEncoding: 'utf8',
      truncated: false,
    });
    expect(updates.length).toBeGreaterThan(0);
  });

  it('ends a program that is over its time', async () => {
    const fault = await faultOf(bench.run('vm.exec', { vm, command: 'sleep', arguments: ['977'], timeoutSeconds: 1 }));
    expect([fault.code, fault.data?.ended]).toEqual(['timeout', true]);
    const { stdout } = await bench.run('vm.exec', { vm, command: 'ps' });
    expect(stdout).toContain('qemu-ga');
    expect(stdout).not.toContain('sleep 977');
  });

  it('takes a file and gives it back', async () => {
    const [source, back] = [path.join(bench.home, 'source'), path.join(bench.home, 'back')];
    const content = Buffer.alloc(1_500_000, 'vmbridge ');
    writeFileSync(source, content);
    const there = await bench.run('vm.copy', { vm, direction: 'toGuest', source, target: '/run/a copy' });
    expect(there).toMatchObject({ bytes: content.length, compared: 'sha256', atomic: true });
    const { stdout } = await bench.run('vm.exec', { vm, command: 'ls', arguments: ['/run'] });
    expect(stdout.split('\n').filter(name => name.includes('copy'))).toEqual(['a copy']);
    const again = await faultOf(bench.run('vm.copy', { vm, direction: 'toGuest', source, target: '/run/a copy' }));
    expect([again.code, again.data?.field]).toEqual(['conflict', 'target']);
    const here = await bench.run('vm.copy', { vm, direction: 'fromGuest', source: '/run/a copy', target: back });
    expect([here.sha256, readFileSync(back).equals(content)]).toEqual([there.sha256, true]);
  });

  it('says when its disk is full, and keeps nothing of the copy', async () => {
    const source = path.join(bench.home, 'large');
    writeFileSync(source, Buffer.alloc(3_000_000));
    const mount = ['-c', 'mkdir -p /run/small && mount -t tmpfs -o size=1m none /run/small'];
    expect((await bench.run('vm.exec', { vm, command: 'sh', arguments: mount })).exitCode).toBe(0);
    const fault = await faultOf(bench.run('vm.copy', { vm, direction: 'toGuest', source, target: '/run/small/x' }));
    expect(fault.code).toBe('failed');
    const { stdout } = await bench.run('vm.exec', { vm, command: 'ls', arguments: ['/run/small'] });
    expect(stdout).toBe('');
  });

  it('tells what it uses, and how that went on', async () => {
    const first = await bench.run('vm.stats', { vm, series: true });
    await wait(4500);
    const { live, series, missing: untold } = await bench.run('vm.stats', { vm, series: true });
    expect(untold).toEqual([]);
    expect(live.cpuPercent).toBeGreaterThanOrEqual(0);
    expect(live.residentBytes).toBeGreaterThan(20_000_000);
    expect(live.memoryBytes).toBe(256 * 2 ** 20);
    expect(live.guestFreeBytes).toBeGreaterThan(10_000_000);
    expect(live.guestFreeBytes).toBeLessThan(256 * 2 ** 20);
    expect(live.disks).toMatchObject([{ name: 'disk' }]);
    expect(live.disks[0]?.readBytes).toBeGreaterThan(1_000_000);
    expect(live.networks).toMatchObject([{ name: 'eth0', addresses: expect.arrayContaining(['10.0.2.15']) }]);
    expect(live.networks?.[0]?.receivedBytes).toBeGreaterThan(0);
    expect(live.guestUptimeSeconds).toBeGreaterThan(1);
    expect(live.uptimeSeconds).toBeGreaterThan(live.guestUptimeSeconds ?? Number.POSITIVE_INFINITY);
    expect(first.series?.samples.length).toBeLessThan(series?.samples.length ?? 0);
    expect(series?.samples.at(-1)?.cpuPercent).toBeGreaterThanOrEqual(0);
  });

  it('keeps its agent busy for other programs, which is said', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    // By another name of the same socket, as another process would: under its own name this one would only queue up.
    const keeping = useAgent({ path: `${folder}/./agent.sock`, machine: vm }, () => promise);
    const fault = await faultOf(bench.run('vm.exec', { vm, command: 'true' }));
    resolve();
    await keeping;
    expect(fault.code).toBe('busy');
    expect((await bench.run('vm.exec', { vm, command: 'true' })).exitCode).toBe(0);
  });

  it('has nobody on a port that is only forwarded, until somebody listens there', async () => {
    const nobody = await faultOf(bench.run('vm.wait', { vm, for: 'port', port: 81, timeoutSeconds: 3 }));
    expect([nobody.code, nobody.data?.seen]).toEqual(['timeout', expect.stringContaining('nobody listens')]);
    const waiting = bench.run('vm.wait', { vm, for: 'port', port: ports[1], timeoutSeconds: 30 });
    await bench.run('vm.exec', { vm, command: 'httpd', arguments: ['-p', '81', '-h', '/www'] });
    expect((await waiting).detail).toContain('port 81 of the guest');
  });

  it('is asked through its agent for a port that is not forwarded', async () => {
    const nobody = await faultOf(bench.run('vm.wait', { vm, for: 'port', port: 4711, timeoutSeconds: 2 }));
    expect(nobody.code).toBe('timeout');
    await bench.run('vm.exec', { vm, command: 'httpd', arguments: ['-p', '127.0.0.1:4711', '-h', '/www'] });
    const { detail } = await bench.run('vm.wait', { vm, for: 'port', port: 4711, timeoutSeconds: 30 });
    expect(detail).toBe('port 4711 of the guest, on 127.0.0.1');
  });

  it('is waited for in its states; its agent is not asked while it is paused', async () => {
    expect((await bench.run('vm.wait', { vm, for: 'running' })).detail).toBe('it is running');
    await bench.run('vm.pause', { vm });
    const fault = await faultOf(bench.run('vm.exec', { vm, command: 'true' }));
    expect([fault.code, fault.remedy]).toEqual(['conflict', expect.stringContaining('vm.resume')]);
    const waiting = bench.run('vm.wait', { vm, for: 'running', timeoutSeconds: 30 });
    await wait(300);
    await bench.run('vm.resume', { vm });
    expect((await waiting).seconds).toBeGreaterThan(0.2);
  });

  it('ends a wait with its own end, at once', async () => {
    const cancelled = new AbortController();
    const waits = [
      bench.run('vm.wait', { vm, for: 'paused', timeoutSeconds: 60 }),
      bench.run('vm.wait', { vm, for: 'port', port: 4712, timeoutSeconds: 60 }),
      bench.run('vm.wait', { vm, for: 'paused', timeoutSeconds: 60 }, { signal: cancelled.signal }),
    ].map(faultOf);
    const stopped = bench.run('vm.wait', { vm, for: 'stopped', timeoutSeconds: 60 });
    // Each has seen the machine running by then.
    await wait(1000);
    cancelled.abort();
    const { method } = await bench.run('vm.stop', { vm });
    expect(method).toBe('guest');
    expect((await stopped).reached).toBe(true);
    expect((await Promise.all(waits)).map(fault => fault.code)).toEqual(['conflict', 'conflict', 'cancelled']);
    expect(readdirSync(folder).filter(name => name.startsWith('look-'))).toEqual([]);
  });
});

describe('a machine without an agent', () => {
  it('ends a wait for its login when its QEMU is killed', async () => {
    const { name, pid } = await bench.start({});
    await bench.run('vm.wait', { vm: name, for: 'running', timeoutSeconds: 30 });
    const waiting = faultOf(bench.run('vm.wait', { vm: name, for: 'login', timeoutSeconds: 60 }));
    await wait(1000);
    process.kill(pid, 'SIGKILL');
    const started = performance.now();
    const fault = await waiting;
    expect([fault.code, fault.message]).toEqual(['conflict', expect.stringContaining('has ended')]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('says what to do, and still tells what it uses', async () => {
    const { name } = await bench.start({ withoutAgent: true });
    await bench.run('vm.wait', { vm: name, for: 'running', timeoutSeconds: 30 });
    expect((await faultOf(bench.run('vm.exec', { vm: name, command: 'true' }))).code).toBe('unavailable');
    expect((await faultOf(bench.run('vm.wait', { vm: name, for: 'agent' }))).code).toBe('unavailable');
    expect((await faultOf(bench.run('vm.wait', { vm: name, for: 'port', port: 22 }))).code).toBe('unsupported');
    const { live, missing: untold } = await bench.run('vm.stats', { vm: name });
    expect(untold.map(({ what }) => what)).toEqual(['networks']);
    expect([live.networks, live.disks]).toEqual([undefined, []]);
    const fault = await faultOf(bench.run('vm.wait', { vm: name, for: 'login', timeoutSeconds: 2 }));
    expect([fault.code, fault.message]).toEqual(['timeout', expect.stringContaining('seen last: screen: ')]);
  });

  it.each([{ for: 'port' }, { for: 'login', port: 22 }])(
    'is waited for with a port exactly when one is meant: %j',
    async input => {
      const fault = await faultOf(bench.run('vm.wait', { vm: 'x', ...input }));
      expect([fault.code, fault.data?.field]).toEqual(['invalid', 'port']);
    },
  );
});
