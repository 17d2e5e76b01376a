import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { ApiError } from '../../support/proxmox/schema/api-error.ts';
import { expectPlanned, type MachineBench, openMachineBench, toldBy } from './support/machine-bench.ts';
import { giveShell } from './support/real-guest.ts';

const missing = missingContracts() ?? (process.platform === 'win32' ? '(needs sh)' : undefined);
const vm = 'proxmox:lab/100';
const container = 'proxmox:lab/200';

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `guests of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    let here: string;
    beforeAll(async () => {
      bench = await openMachineBench({ version });
      here = mkdtempSync(path.join(tmpdir(), 'vmb-copies-'));
    });
    afterAll(async () => {
      await bench[Symbol.asyncDispose]();
      rmSync(here, { recursive: true, force: true });
    });
    beforeEach(() => bench.forget());

    describe('run programs', () => {
      it('and tell their output, end and time', async () => {
        using _ = giveShell(bench.server, 100);
        const script = 'printf "out ä\\n"; printf err >&2; exit 3';
        const result = await expectPlanned(bench, 'vm.exec', { vm, command: 'sh', arguments: ['-c', script] });
        expect(result).toMatchObject({
          exitCode: 3,
          stdout: 'out ä\n',
          stdoutEncoding: 'utf8',
          stderr: 'err',
          truncated: false,
        });
      });

      it.each(['plain text\n', 'Grüße, 日本, "$(x)" `y` \\n\n'])('and give them the input %j', async input => {
        using _ = giveShell(bench.server, 100);
        const result = await expectPlanned(bench, 'vm.exec', { vm, command: 'cat', input });
        expect(result.stdout).toBe(input);
        expect(JSON.stringify(await bench.plan('vm.exec', { vm, command: 'cat', input }))).not.toContain(
          input.slice(0, 4),
        );
      });

      it('and give what is no text as base64, and say what is cut off', async () => {
        bench.server.guest(100).agent.run = () => ({ exitcode: 0, out: 'a\0b', truncated: true });
        const result = await bench.run('vm.exec', { vm, command: 'x' });
        expect(result).toMatchObject({
          stdout: Buffer.from('a\0b').toString('base64'),
          stdoutEncoding: 'base64',
          truncated: true,
        });
        bench.server.guest(100).agent.run = () => ({ signal: 9 });
        const killed = await bench.run('vm.exec', { vm, command: 'x' });
        expect(killed).toMatchObject({ signal: 9 });
        expect(killed.exitCode).toBeUndefined();
      });

      it('and end them when they take too long', async () => {
        const commands: (readonly string[])[] = [];
        const { agent } = bench.server.guest(100);
        agent.run = command => {
          commands.push(command);
          if (command[0] === 'sleep') return { milliseconds: 60_000 };
          const found = agent.processes.get(Number(command.at(-1)));
          if (found !== undefined) found.endsAt = 0;
          return { exitcode: 0 };
        };
        const sleeping = bench.run('vm.exec', { vm, command: 'sleep', arguments: ['60'], timeoutSeconds: 1 });
        await expect(sleeping).rejects.toMatchObject({ code: 'timeout', data: { ended: true } });
        expect(commands[1]?.slice(0, 3)).toEqual(['sh', '-c', 'kill -KILL "$1"']);
        const cancel = new AbortController();
        const cancelled = bench.run('vm.exec', { vm, command: 'sleep', arguments: ['60'] }, { signal: cancel.signal });
        await expect.poll(() => commands.length).toBe(3);
        cancel.abort();
        await expect(cancelled).rejects.toMatchObject({ code: 'cancelled', data: { ended: true } });
      });

      it('not without an agent, not when they are off, and not in containers', async () => {
        bench.server.guest(100).agent.present = false;
        await expect(bench.run('vm.exec', { vm, command: 'x' })).rejects.toMatchObject({
          code: 'unsupported',
          remedy: expect.stringContaining('qemu-guest-agent'),
        });
        bench.server.guest(100).agent.present = true;
        await expect(bench.run('vm.exec', { vm: 'proxmox:lab/101', command: 'x' })).rejects.toMatchObject({
          code: 'conflict',
        });
        for (const attempt of [bench.run, bench.plan]) {
          await expect(attempt('vm.exec', { vm: container, command: 'x' })).rejects.toMatchObject({
            code: 'unsupported',
            message: expect.stringContaining('no call that runs programs'),
          });
        }
      });

      it('that are there: others are named', async () => {
        bench.server.guest(100).agent.run = () => {
          throw new ApiError(
            500,
            'Agent error: Guest agent command failed, error was \'Failed to execute child process "nope" (No such file or directory)\'',
          );
        };
        await expect(bench.run('vm.exec', { vm, command: 'nope' })).rejects.toMatchObject({
          code: 'not_found',
          data: { field: 'command' },
        });
      });

      it('and say so when the answer that told the end of one was lost', async () => {
        bench.server.guest(100).agent.run = () => ({ exitcode: 0, out: 'done' });
        bench.server.fault({ match: { method: 'GET', template: /exec-status$/ }, kind: 'reset-after' });
        await expect(bench.run('vm.exec', { vm, command: 'x' })).rejects.toMatchObject({
          code: 'host_fault',
          data: { mayHaveBeenCarriedOut: true },
        });
        expect(bench.sent()).toHaveLength(1);
      });

      it('with no more input than the host passes on', async () => {
        await expect(bench.run('vm.exec', { vm, command: 'cat', input: 'x'.repeat(65_537) })).rejects.toMatchObject({
          code: 'invalid',
        });
        expect(bench.sent()).toEqual([]);
      });
    });

    describe('take files', () => {
      it.each([0, 46_080, 100_000])('of %d bytes, whole', async size => {
        using guest = giveShell(bench.server, 100);
        const bytes = randomBytes(size);
        const source = path.join(here, `in-${size}`);
        writeFileSync(source, bytes);
        const target = path.join(guest.folder, 'ä target');
        const copy = { vm, direction: 'toGuest' as const, source, target };
        const told = toldBy(await bench.plan('vm.copy', copy));
        expect(bench.sent()).toEqual([]);
        const result = await bench.run('vm.copy', copy);
        expect(result).toMatchObject({
          bytes: size,
          compared: 'sha256',
          atomic: true,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
        expect(readFileSync(target).equals(bytes)).toBe(true);
        expect(readdirSync(guest.folder)).toEqual(['ä target']);
        // A plan tells the pieces once, and a name that only the run finds.
        const kinds = (list: readonly { path: string; params: Readonly<Record<string, string>> }[]) => [
          ...new Set(list.map(({ path: where, params }) => `${where} ${params.command?.split(',')[2] ?? ''}`)),
        ];
        expect(kinds(bench.sent())).toEqual(kinds(told));
      });

      it('and replace one only when they are told to', async () => {
        using guest = giveShell(bench.server, 100);
        const source = path.join(here, 'new');
        writeFileSync(source, 'new');
        const target = path.join(guest.folder, 'old');
        writeFileSync(target, 'old');
        const copy = { vm, direction: 'toGuest' as const, source, target };
        await expect(bench.run('vm.copy', copy)).rejects.toMatchObject({ code: 'conflict', data: { field: 'target' } });
        expect(readFileSync(target, 'utf8')).toBe('old');
        await bench.run('vm.copy', { ...copy, overwrite: true });
        expect(readFileSync(target, 'utf8')).toBe('new');
        await expect(bench.run('vm.copy', { ...copy, target: guest.folder, overwrite: true })).rejects.toMatchObject({
          code: 'conflict',
        });
      });

      it('without a shell as far as one call goes', async () => {
        const { agent } = bench.server.guest(100);
        agent.run = () => {
          throw new ApiError(500, 'Agent error: Failed to execute child process "sh" (No such file or directory)');
        };
        const source = path.join(here, 'small');
        writeFileSync(source, 'for Windows');
        const copy = { vm, direction: 'toGuest' as const, source, target: 'C:\\small.txt' };
        expect(await bench.run('vm.copy', copy)).toMatchObject({ compared: 'sha256', atomic: false });
        expect(agent.files.get('C:\\small.txt')?.toString()).toBe('for Windows');
        await expect(bench.run('vm.copy', copy)).rejects.toMatchObject({ code: 'conflict' });
        writeFileSync(source, randomBytes(50_000));
        await expect(bench.run('vm.copy', { ...copy, target: 'C:\\large' })).rejects.toMatchObject({
          code: 'invalid',
          data: { limit: 46_080 },
        });
        expect(agent.files.has('C:\\large')).toBe(false);
      });

      it('where they may be written', async () => {
        using _ = giveShell(bench.server, 100);
        const source = path.join(here, 'somewhere');
        writeFileSync(source, 'x');
        const copy = bench.run('vm.copy', { vm, direction: 'toGuest', source, target: '/proc/new' });
        await expect(copy).rejects.toMatchObject({ code: 'denied', remedy: expect.stringContaining('in the guest') });
      });

      it('and leave nothing behind when that goes wrong', async () => {
        using guest = giveShell(bench.server, 100);
        const source = path.join(here, 'broken');
        writeFileSync(source, randomBytes(200_000));
        const target = path.join(guest.folder, 'broken');
        bench.server.fault({
          match: { method: 'POST', template: /agent\/exec$/, params: {} },
          kind: 'slow',
          milliseconds: 0,
          times: 2,
        });
        bench.server.fault({ match: { method: 'POST', template: /agent\/exec$/ }, kind: 'reset-after' });
        await expect(bench.run('vm.copy', { vm, direction: 'toGuest', source, target })).rejects.toMatchObject({
          code: 'host_fault',
        });
        expect(readdirSync(guest.folder)).toEqual([]);
      });
    });

    describe('give files', () => {
      it.each([0, 300_000])('of %d bytes, whatever is in them', async size => {
        using guest = giveShell(bench.server, 100);
        const bytes = randomBytes(size);
        const source = path.join(guest.folder, 'source');
        bench.server.guest(100).agent.files.set(source, bytes);
        const target = path.join(here, `out-${size}`);
        const result = await bench.run('vm.copy', { vm, direction: 'fromGuest', source, target });
        expect(result).toMatchObject({
          bytes: size,
          compared: 'sha256',
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
        expect(readFileSync(target).equals(bytes)).toBe(true);
        await expect(bench.run('vm.copy', { vm, direction: 'fromGuest', source, target })).rejects.toMatchObject({
          code: 'conflict',
        });
      });

      it('that are larger than what the host reads at once', async () => {
        using guest = giveShell(bench.server, 100);
        // The newer host reads pieces of 4 MiB; the older one stops after 16, here after the first byte.
        const bytes = Buffer.alloc((version === '8.4' ? 8 : 4) * 2 ** 20 + 1, randomBytes(1009));
        const body = JSON.stringify({ data: { content: 'x', truncated: 1 } });
        const match = { method: 'GET', template: /file-read$/ };
        if (version === '8.4') bench.server.fault({ match, kind: 'status', status: 200, body });
        const source = path.join(guest.folder, 'large');
        bench.server.guest(100).agent.files.set(source, bytes);
        const target = path.join(here, 'large');
        await bench.run('vm.copy', { vm, direction: 'fromGuest', source, target });
        expect(readFileSync(target).equals(bytes)).toBe(true);
      });

      it('that are there, and are files', async () => {
        using guest = giveShell(bench.server, 100);
        const copy = { vm, direction: 'fromGuest' as const, target: path.join(here, 'never') };
        await expect(bench.run('vm.copy', { ...copy, source: path.join(guest.folder, 'no') })).rejects.toMatchObject({
          code: 'not_found',
        });
        await expect(bench.run('vm.copy', { ...copy, source: guest.folder })).rejects.toMatchObject({
          code: 'invalid',
        });
        await expect(bench.run('vm.copy', { ...copy, source: '/x', overwrite: true })).rejects.toMatchObject({
          code: 'invalid',
        });
        expect(existsSync(copy.target)).toBe(false);
        expect(readdirSync(here).filter(name => name.endsWith('.part'))).toEqual([]);
      });
    });

    it('tell their addresses, by their agent or their node', async () => {
      const { addresses } = await bench.run('vm.addresses', { vm });
      expect(addresses).toEqual([
        { interface: 'ens18', mac: 'BC:24:11:00:00:64', family: 'ipv4', address: '192.0.2.100', prefixLength: 24 },
        {
          interface: 'ens18',
          mac: 'BC:24:11:00:00:64',
          family: 'ipv6',
          address: 'fe80::be24:11ff:fe00:1',
          prefixLength: 64,
        },
      ]);
      expect((await bench.run('vm.addresses', { vm, loopback: true })).addresses).toHaveLength(4);
      expect((await bench.run('vm.addresses', { vm: container })).addresses).toEqual([
        { interface: 'eth0', mac: 'BC:24:11:00:02:C8', family: 'ipv4', address: '192.0.2.200', prefixLength: 24 },
      ]);
      await expect(bench.run('vm.addresses', { vm: 'proxmox:lab/101' })).rejects.toMatchObject({ code: 'conflict' });
    });

    it('hold back their writing, and go on', async () => {
      expect(await expectPlanned(bench, 'vm.freeze', { vm, action: 'freeze' })).toEqual({
        state: 'frozen',
        fileSystems: 1,
      });
      expect(await bench.run('vm.freeze', { vm, action: 'status' })).toEqual({ state: 'frozen' });
      await expect(bench.run('vm.exec', { vm, command: 'echo' })).rejects.toMatchObject({ code: 'denied' });
      expect(await expectPlanned(bench, 'vm.freeze', { vm, action: 'thaw' })).toEqual({
        state: 'thawed',
        fileSystems: 1,
      });
      expect(await expectPlanned(bench, 'vm.freeze', { vm, action: 'status' })).toEqual({ state: 'thawed' });
      await expect(bench.run('vm.freeze', { vm: container, action: 'status' })).rejects.toMatchObject({
        code: 'unsupported',
      });
    });
  },
);
