import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import type { ChannelState } from '../../../src/qemu/agent/channel-state.ts';
import { readChannelState } from '../../../src/qemu/agent/channel-state.ts';
import { explainRefusal } from '../../../src/qemu/agent/explain-refusal.ts';
import { ReplyReader } from '../../../src/qemu/agent/reply-reader.ts';
import { useAgent } from '../../../src/qemu/agent/use-agent.ts';
import { answerLine, answerSync, type Behaviour, PretendAgent } from './support/pretend-agent.ts';

const open: PretendAgent[] = [];
afterEach(() => Promise.all(open.splice(0).map(agent => agent.close())));

async function pretend(behave: Behaviour): Promise<PretendAgent> {
  const agent = await PretendAgent.open(behave);
  open.push(agent);
  return agent;
}

/** Answers the synchronization, and lets `behave` do what it likes with the rest. */
const afterSync =
  (behave: Behaviour): Behaviour =>
  (request, socket) =>
    request.execute === 'guest-sync-delimited' ? answerSync(request, socket) : behave(request, socket);

function ping(agent: PretendAgent, options: { signal?: AbortSignal; state?: ChannelState; timeoutMs?: number } = {}) {
  const askChannel = options.state && (async () => options.state);
  return useAgent(
    { path: agent.path, machine: 'web', askChannel },
    client =>
      client.execute(
        'guest-ping',
        {},
        { timeoutMs: options.timeoutMs ?? 1000, replyBytes: 1_000_000, signal: options.signal },
      ),
    { signal: options.signal, answerMs: 1500, turnMs: 300 },
  );
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Fault) return error;
  throw new Error(`no Fault: ${String(error)}`);
}

describe('the channel of a guest agent', () => {
  it('gives the answer to a command', async () => {
    const agent = await pretend(afterSync((_, socket) => socket.write(answerLine({ pong: 1 }))));
    expect(await ping(agent)).toEqual({ pong: 1 });
  });

  it('drops what an earlier connection left: half a line, late answers, answers to other numbers', async () => {
    const agent = await pretend((request, socket) => {
      if (request.execute !== 'guest-sync-delimited') return socket.write(answerLine('right'));
      socket.write('"tail of something"}\n');
      socket.write(answerLine('late'));
      socket.write(
        `{"error":{"class":"GenericError","desc":"JSON parse error"}}\n{"return": ${request.arguments.id}}\n`,
      );
      socket.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(answerLine(4711))]));
      socket.write('{"return": {"unfinished": ');
      answerSync(request, socket);
    });
    expect(await ping(agent)).toBe('right');
  });

  it('sends a delimiter first, so that the agent forgets half a request', async () => {
    const agent = await pretend(afterSync((_, socket) => socket.write(answerLine({}))));
    await ping(agent);
    expect(agent.requests.map(request => request.execute)).toEqual(['guest-sync-delimited', 'guest-ping']);
  });

  it.each<[string, Behaviour, string]>([
    ['never answers', () => {}, 'unavailable'],
    [
      'answers other numbers only',
      ({ arguments: args }, s) => answerSync({ execute: '', arguments: { id: Number(args.id) + 1 } }, s),
      'unavailable',
    ],
    ['sends garbage', (_, socket) => socket.write('}{ not JSON\n'.repeat(1000)), 'unavailable'],
    ['hangs up', (_, socket) => socket.destroy(), 'unavailable'],
    ['floods without an end of line', (_, socket) => flood(socket, Buffer.alloc(65_536, 0x41)), 'unavailable'],
    [
      'floods after a delimiter',
      (_, socket) => flood(socket, Buffer.from([0xff, ...Buffer.alloc(65_535, 0x41)])),
      'failed',
    ],
    ['floods with delimiters', (_, socket) => flood(socket, Buffer.alloc(65_536, 0xff)), 'failed'],
  ])('is a Fault when the agent %s instead of getting in step', async (what, behave, code) => {
    const fault = await faultOf(ping(await pretend(behave)));
    // How much of a flood comes before the time is over is a matter of the host's speed.
    expect(what.startsWith('floods') ? ['failed', 'unavailable'] : [code]).toContain(fault.code);
  });

  it.each<[string, Behaviour, string]>([
    ['does not answer', () => {}, 'timeout'],
    ['sends what is no JSON', (_, socket) => socket.write('certainly\n'), 'failed'],
    ['sends JSON that is no answer', (_, socket) => socket.write('{"event": 1}\n'), 'failed'],
    ['sends a list', (_, socket) => socket.write('[1]\n'), 'failed'],
    ['sends an answer without end', (_, socket) => flood(socket, Buffer.alloc(65_536, 0x20)), 'failed'],
    ['hangs up', (_, socket) => socket.destroy(), 'unavailable'],
    ['drips a byte at a time', (_, socket) => drip(socket), 'timeout'],
  ])('is a Fault when the agent %s to a command', async (_what, behave, code) => {
    expect((await faultOf(ping(await pretend(afterSync(behave))))).code).toBe(code);
  });

  it('keeps to bounded memory when the agent floods', async () => {
    const agent = await pretend((_, socket) => flood(socket, Buffer.alloc(1024 * 1024, 0x41)));
    const before = process.memoryUsage().rss;
    await faultOf(ping(agent));
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });

  it('can be used again after a command that was too slow', async () => {
    let calls = 0;
    const agent = await pretend(
      afterSync((_, socket) => {
        calls += 1;
        const mine = calls;
        setTimeout(() => !socket.destroyed && socket.write(answerLine(mine)), mine === 1 ? 600 : 0);
      }),
    );
    expect((await faultOf(ping(agent, { timeoutMs: 200 }))).code).toBe('timeout');
    expect(await ping(agent)).toBe(2);
  });

  it('ends at once when the call is cancelled', async () => {
    const agent = await pretend(afterSync(() => {}));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect((await faultOf(ping(agent, { signal: controller.signal, timeoutMs: 60_000 }))).code).toBe('cancelled');
  });

  it('is given to one call after the other, and busy when one keeps it', async () => {
    const agent = await pretend(afterSync((_, socket) => socket.write(answerLine(1))));
    expect(await Promise.all([1, 2, 3, 4].map(() => ping(agent)))).toEqual([1, 1, 1, 1]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const address = { path: agent.path, machine: 'web' };
    const keeping = useAgent(address, () => promise);
    const fault = await faultOf(ping(agent));
    expect([fault.code, fault.remedy]).toEqual(['busy', expect.stringContaining('Try again')]);
    resolve();
    await keeping;
    expect(await ping(agent)).toBe(1);
  });

  it('is busy when another program keeps it: QEMU serves one at a time', async () => {
    const agent = await pretend(() => {});
    const fault = await faultOf(ping(agent, { state: { opened: true, connected: true } }));
    expect(fault.code).toBe('busy');
  });

  it('does not wait for an agent that has not opened its end', async () => {
    const agent = await pretend(() => {});
    const started = performance.now();
    const fault = await faultOf(ping(agent, { state: { opened: false, connected: true } }));
    expect([fault.code, fault.data?.listening]).toEqual(['unavailable', false]);
    expect(fault.remedy).toContain('apt install qemu-guest-agent');
    expect(performance.now() - started).toBeLessThan(1400);
  });

  it('is a Fault when nobody serves it', async () => {
    const fault = await faultOf(useAgent({ path: '/nowhere/agent.sock', machine: 'web' }, async () => 1));
    expect(fault.code).toBe('unavailable');
  });
});

function flood(socket: { destroyed: boolean; write(bytes: Buffer, then: () => void): unknown }, bytes: Buffer): void {
  const more = () => {
    if (!socket.destroyed) socket.write(bytes, more);
  };
  more();
}

function drip(socket: { destroyed: boolean; write(bytes: string): unknown }): void {
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(' ')), 20);
}

describe('a reader of answers', () => {
  const line = fc.dictionary(fc.string(), fc.jsonValue()).map(value => `${JSON.stringify(value)}\n`);

  it('gives the messages after the first delimiter, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(line), fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(50)), (lines, noise, cuts) => {
        const garbage = Buffer.from(noise.filter(byte => byte !== 0xff));
        const bytes = Buffer.concat([garbage, Buffer.from([0xff]), Buffer.from(lines.join(''))]);
        const reader = new ReplyReader();
        const messages: unknown[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          messages.push(...reader.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        expect(messages).toEqual(lines.map(text => JSON.parse(text)));
      }),
    );
  });

  it('never throws anything but a Fault, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), chunks => {
        const reader = new ReplyReader();
        reader.limit = 100;
        try {
          for (const chunk of chunks) reader.push(Buffer.from(chunk));
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});

describe("the agent's own words", () => {
  it.each([
    ['CommandNotFound', 'Command guest-exec has been disabled', 'denied'],
    ['CommandNotFound', 'Command guest-exec has been disabled: the command is not allowed', 'denied'],
    ['GenericError', 'The command guest-exec has been disabled for this instance', 'denied'],
    ['CommandNotFound', 'The command guest-exec has not been found', 'unsupported'],
    ['GenericError', "failed to open file '/nope' (mode: 'r'): No such file or directory", 'not_found'],
    ['GenericError', 'Failed to execute child process “/x” (Permission denied)', 'denied'],
    ['GenericError', "Invalid parameter 'pid'", 'failed'],
    [undefined, undefined, 'failed'],
  ])('%s: %s is %s', (kind, desc, code) => {
    expect(explainRefusal('guest-exec', { error: { class: kind, desc } }).code).toBe(code);
  });

  it('name the file to change when a command is forbidden', () => {
    const fault = explainRefusal('guest-exec', { error: { class: 'CommandNotFound', desc: 'has been disabled' } });
    expect(fault.remedy).toContain('/etc/sysconfig/qemu-ga');
  });

  it('are data, without control characters and not without end', () => {
    const fault = explainRefusal('x', { error: { class: 'GenericError', desc: `\u001b[2J${'a'.repeat(99_999)}` } });
    expect(fault.message).not.toContain('a'.repeat(10));
    expect(String(fault.data?.description)).toMatch(/^\\x1b\[2Ja{990,}$/);
  });
});

describe("QEMU's list of channels", () => {
  it('tells whether the guest and somebody here have opened one', async () => {
    const devices = [
      { 'frontend-open': true, filename: 'file', label: 'serial' },
      { 'frontend-open': false, filename: 'disconnected:unix:/run/agent.sock,server=on', label: 'agent' },
    ];
    const qmp = { execute: async () => devices };
    expect(await readChannelState(qmp, '/run/agent.sock')).toEqual({ opened: false, connected: false });
    expect(await readChannelState(qmp, '/run/other.sock')).toBeUndefined();
  });
});
