import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Fault } from '../../../src/errors/fault.ts';
import { proofChecks } from '../../../src/model/check.ts';
import { checkAgent } from '../../../src/proof/checks/check-agent.ts';
import { checkLimits } from '../../../src/proof/checks/check-context.ts';
import { checkPorts } from '../../../src/proof/checks/check-ports.ts';
import { conductCheck } from '../../../src/proof/checks/conduct-check.ts';
import { AgentLine } from '../../../src/proof/checks/guest/agent-line.ts';
import { hideSecret } from '../../../src/proof/checks/hide-secret.ts';
import { nameCheck } from '../../../src/proof/checks/name-check.ts';
import { requireChecks } from '../../../src/proof/checks/require-checks.ts';
import { auditInput } from '../../../src/rpc/audit-input.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';

const open = () => ({ signal: new AbortController().signal, progress() {} });

describe('what checks need of a boot', () => {
  it('is no more than what they are made with', () => {
    expect(requireChecks({})).toEqual({ agent: false });
    expect(requireChecks({ files: [{ path: '/etc/fstab' }, { path: 'c:/ok' }, { path: 'D:\\ok' }] }).agent).toBe(true);
    expect(requireChecks({ ports: [22] })).toEqual({ agent: true, network: 'restricted' });
    expect(requireChecks({ commands: [{ command: 'true', exitCode: 0 }] })).toEqual({ agent: true });
  });

  it.each([
    [{ password: 'x' }, 'checks.user'],
    [{ user: 'a\nb' }, 'checks.user'],
    [{ user: 'a', password: 'b\u0003' }, 'checks.password'],
    [{ files: [{ path: '/etc\0/x' }] }, 'checks.files.0.path'],
    [{ files: [{ path: '/etc/fstab' }, { path: 'etc/fstab' }] }, 'checks.files.1.path'],
    [{ files: [{ path: 'C:ok.txt' }] }, 'checks.files.0.path'],
    [{ commands: [{ command: 'a\0', exitCode: 0 }] }, 'checks.commands.0.command'],
  ])('can not be met by %j', (checks, field) => {
    expect(() => requireChecks(checks)).toThrow(expect.objectContaining({ code: 'invalid', data: { field } }));
  });
});

describe('a password', () => {
  it('is in no text that is shown, wherever it stands in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 2 }), fc.string(), (before, secret, after) => {
        fc.pre(!'•••'.includes(secret));
        expect(hideSecret(`${before}${secret}${after}`, secret)).not.toContain(secret);
      }),
    );
    expect(hideSecret('text', undefined)).toBe('text');
    expect(hideSecret('text', '')).toBe('text');
  });

  it('does not stand in the name of a check, whose text is bounded and on one line', () => {
    const name = nameCheck('command', `echo pa55\n\u001b[31m${'x'.repeat(5000)}`, { password: 'pa55' });
    expect(name).toMatch(/^command echo ••• \\x1b\[31mx+…$/);
    expect(name.length).toBeLessThan(250);
  });

  it('is left out of the audit log', () => {
    const tool = defineTool({
      id: 'image.pretend',
      cmdlet: 'Test-VmbPretend',
      group: 'image',
      summary: 'Takes checks.',
      effect: 'read',
      input: z.strictObject({ checks: proofChecks.optional() }),
      output: proofChecks,
      errors: [],
      examples: [],
    });
    const kept = JSON.stringify(auditInput(tool, { checks: { user: 'root', password: 'pa55-word' } }));
    expect(kept).toContain('root');
    expect(kept).not.toContain('pa55-word');
  });
});

describe('a single check', () => {
  it('is a result, whatever goes wrong with it', async () => {
    const fault = new Fault('host_fault', 'QEMU has ended.', { remedy: 'Look.' });
    for (const error of [fault, new TypeError('odd\u001b'), 'text']) {
      const result = await conductCheck('x', 5, open(), () => Promise.reject(error));
      expect(result.passed).toBe(false);
      expect(result.detail).not.toContain('\u001b');
    }
  });

  it('ends with its time', async () => {
    const result = await conductCheck('x', 0.2, open(), async signal => {
      await wait(60_000, undefined, { signal });
      return { passed: true, detail: '' };
    });
    expect(result).toMatchObject({ passed: false, detail: expect.stringContaining('within 0.2 s') });
  });

  it('of a machine that has ended is over at once', async () => {
    const gone = new AbortController();
    const work = conductCheck('x', 60, { ...open(), gone: gone.signal }, signal =>
      wait(60_000, { passed: true, detail: '' }, { signal }),
    );
    gone.abort();
    expect(await work).toMatchObject({ passed: false, detail: expect.stringContaining('ended') });
  });

  it('is cancelled with the call', async () => {
    const controller = new AbortController();
    const work = conductCheck('x', 60, { signal: controller.signal, progress() {} }, signal =>
      wait(60_000, { passed: true, detail: '' }, { signal }),
    );
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    await expect(
      conductCheck('x', 60, { signal: controller.signal, progress() {} }, async () => ({ passed: true, detail: '' })),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a guest agent', () => {
  it('is not asked to be installed where its machine has no channel for one', async () => {
    const line = new AgentLine({ folder: '/nowhere', qmp: {} as never });
    const finding = await checkAgent(line, 60, new AbortController().signal);
    expect(finding).toEqual({
      passed: false,
      detail: expect.stringMatching(/no channel for a guest agent.*Check files/),
    });
  });
});

describe('ports', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(take: 'keep' | 'close'): Promise<number> {
    const server = createServer(socket => {
      socket.on('error', () => {});
      if (take === 'close') socket.destroy();
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** QEMU's monitor with one user network: forwards get the ports of the servers above, in the order in which they are asked for. */
  function pretendQmp(ports: number[], established: number[]) {
    const forwards: { port: number; guestPort: number }[] = [];
    const commands: string[] = [];
    const execute = async (_: string, args: Readonly<Record<string, unknown>> = {}) => {
      const line = String(args['command-line']);
      commands.push(line);
      const added = /^hostfwd_add net0 tcp:127\.0\.0\.1:0-:(\d+)$/.exec(line)?.[1];
      if (added !== undefined) forwards.push({ port: ports[forwards.length] ?? 0, guestPort: Number(added) });
      if (line !== 'info usernet') return '';
      const row = (state: string, { port, guestPort }: { port: number; guestPort: number }) =>
        `  TCP[${state}]   3       127.0.0.1 ${port}       10.0.2.15    ${guestPort}     0     0\r\n`;
      return forwards
        .map(one => row('HOST_FORWARD', one) + row(established.includes(one.port) ? 'ESTABLISHED' : 'SYN_SENT', one))
        .join('');
    };
    return { qmp: { execute }, commands };
  }

  const limits = { ...checkLimits, serviceSeconds: 3 };
  const noAgent = new AgentLine({ folder: '/nowhere', qmp: {} as never });

  it('are open when the guest has taken the connection, not when QEMU has', async () => {
    const taken = await serve('keep');
    const silent = await serve('keep');
    const refused = await serve('close');
    const { qmp, commands } = pretendQmp([taken, silent, refused], [taken]);
    const results = await checkPorts([22, 80, 443, 22], { guest: { qmp }, line: noAgent, limits }, open());
    expect(results.map(({ check, passed }) => [check, passed])).toEqual([
      ['port 22', true],
      ['port 80', false],
      ['port 443', false],
    ]);
    expect(results[1]?.detail).toContain('did not answer');
    expect(results[2]?.detail).toContain('refused');
    for (const port of [taken, silent, refused])
      expect(commands).toContain(`hostfwd_remove net0 tcp:127.0.0.1:${port}`);
  });

  it('of a machine without a network are told to be so', async () => {
    const none = { execute: async () => 'Could not find netdev' };
    const results = await checkPorts([22], { guest: { qmp: none }, line: noAgent, limits }, open());
    expect(results).toMatchObject([{ passed: false, detail: expect.stringContaining('no network') }]);
  });

  it('of a machine that is gone fail, each of them', async () => {
    const gone = { execute: () => Promise.reject(new Fault('host_fault', 'QEMU has ended.')) };
    const results = await checkPorts([22, 80], { guest: { qmp: gone }, line: noAgent, limits }, open());
    expect(results.map(({ detail }) => detail)).toEqual(['QEMU has ended.', 'QEMU has ended.']);
  });
});
