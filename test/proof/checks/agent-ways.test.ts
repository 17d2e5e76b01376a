import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { readAgentFile } from '../../../src/proof/checks/guest/read-agent-file.ts';
import { runAgentCommand } from '../../../src/proof/checks/guest/run-agent-command.ts';
import { wrapForPowerShell } from '../../../src/proof/checks/guest/wrap-for-power-shell.ts';
import { RealAgent } from '../../qemu/agent/support/real-agent.ts';
import { processesNaming } from '../../support/leftovers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'vmb-ways-'));
const at = (name: string) => path.join(folder, name);
const signal = new AbortController().signal;
let agent: RealAgent | undefined;
let blocked: RealAgent | undefined;
let reason = '';

beforeAll(async () => {
  try {
    agent = await RealAgent.start();
    blocked = await RealAgent.start(['guest-exec']);
  } catch (error) {
    reason = String(error);
  }
}, 120_000);
afterAll(async () => {
  await agent?.stop();
  await blocked?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function use(context: TestContext, which: 'open' | 'blocked' = 'open'): RealAgent {
  const found = which === 'open' ? agent : blocked;
  return found ?? context.skip(`the guest agent does not run here: ${reason}`);
}

const digest = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

describe('a file through the agent', () => {
  it.for(['open', 'blocked'] as const)('is read with its hash (programs: %s)', async (which, context) => {
    const { withAgent } = use(context, which);
    const content = Buffer.alloc(1_000_001, 'text ');
    writeFileSync(at(`-odd 'name' $(x) é`), content);
    const seen = await readAgentFile(withAgent, at(`-odd 'name' $(x) é`), true, signal);
    expect(seen).toMatchObject({ kind: 'file', size: content.length, sha256: digest(content) });
    writeFileSync(at('empty'), '');
    expect(await readAgentFile(withAgent, at('empty'), true, signal)).toMatchObject({ size: 0, sha256: digest('') });
    expect(await readAgentFile(withAgent, at('none'), true, signal)).toMatchObject({ kind: 'absent' });
  });

  it('that is large is hashed by the guest, and read where the guest does not', async context => {
    const content = Buffer.alloc(40_000_000, 'large ');
    writeFileSync(at('large'), content);
    const byGuest = await readAgentFile(use(context).withAgent, at('large'), true, signal);
    expect([byGuest.sha256, byGuest.how]).toEqual([digest(content), expect.stringContaining('hashed by the guest')]);
    const read = await readAgentFile(use(context, 'blocked').withAgent, at('large'), true, signal);
    expect([read.sha256, read.how]).toEqual([digest(content), 'through the guest agent']);
  });

  it('that is none is told, and a pipe waits for nobody', async context => {
    const { withAgent } = use(context);
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('pipe')]);
    expect((await readAgentFile(withAgent, at('folder'), true, signal)).kind).toBe('folder');
    expect((await readAgentFile(withAgent, at('pipe'), true, signal)).kind).toBe('other');
  });
});

describe('a line through the agent', () => {
  it('is run by the shell, with its exit code and the end of both streams', async context => {
    const { withAgent } = use(context);
    const ran = await runAgentCommand(withAgent, 'yes x | head -c 100000; echo end; echo bad >&2; exit 9', 20, signal);
    expect(ran.exitCode).toBe(9);
    expect(ran.output).toMatch(/x\nend\nbad$/);
    expect(ran.output.length).toBeLessThan(9000);
  });

  it('that does not end is ended, and is no failure of the agent', async context => {
    const mark = at('endless');
    const ran = await runAgentCommand(use(context).withAgent, `exec tail -f /dev/null '${mark}'`, 1, signal);
    expect(ran).toMatchObject({ exitCode: undefined, isOverdue: true });
    expect(processesNaming(mark)).toEqual([]);
  });

  it('is denied by an agent that runs none', async context => {
    await expect(runAgentCommand(use(context, 'blocked').withAgent, 'true', 5, signal)).rejects.toMatchObject({
      code: 'denied',
    });
  });
});

describe('a line for PowerShell', () => {
  it('is in its arguments in a form that no parser on the way can take for anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4096 }), line => {
        fc.pre(line.isWellFormed());
        const { arguments: words } = wrapForPowerShell(line);
        expect(words.every(word => /^[A-Za-z0-9+/=-]+$/.test(word))).toBe(true);
        // Windows itself takes no longer command line.
        expect(words.join(' ').length).toBeLessThan(32_000);
        const script = Buffer.from(words.at(-1) ?? '', 'base64').toString('utf16le');
        const inner = /FromBase64String\('([A-Za-z0-9+/=]*)'\)/.exec(script)?.[1] ?? '';
        expect(Buffer.from(inner, 'base64').toString('utf8')).toBe(line);
      }),
    );
  });
});
