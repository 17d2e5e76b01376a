import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult, ProofChecks } from '../../src/model/check.ts';
import { runChecks } from '../../src/proof/checks/run-checks.ts';
import { ScreenReader } from '../../src/proof/screen/read-screen.ts';
import type { Guest } from '../../src/qemu/guest.ts';
import { startWithCards } from '../proof/checks/support/start-with-cards.ts';
import { eventually, Workbench } from '../qemu/support/run-guest.ts';
import { agentGuest } from '../support/images/index.ts';
import { guestUser, loginGuest } from '../support/images/login-guest.ts';

let bench: Workbench;
const memoryBytes = 256 * 1024 * 1024;

beforeAll(async () => {
  bench = await Workbench.open();
});

afterAll(() => bench.close());

async function readScreen(guest: Guest): Promise<string> {
  const reading = new ScreenReader().read(await guest.screendump(), await guest.vgaText(), true);
  return reading.lines.join('\n');
}

async function atLogin(guest: Guest): Promise<Guest> {
  for (const end = performance.now() + 120_000; performance.now() < end; await wait(200)) {
    if (/login: *$/.test(await readScreen(guest))) return guest;
  }
  throw new Error('the guest did not come to its login');
}

async function check(
  guest: Guest,
  image: { path: string; format: 'raw' | 'qcow2' },
  checks: ProofChecks,
  changes: Partial<Parameters<typeof runChecks>[2]> = {},
): Promise<Record<string, CheckResult>> {
  const signal = new AbortController().signal;
  const context = { signal, progress() {}, image, family: 'linux' as const, ...changes };
  const results = await runChecks(guest, checks, context);
  return Object.fromEntries(results.map(result => [result.check, result]));
}

describe('a guest with an agent and a network', () => {
  let guest: Guest;
  let path: string;

  beforeAll(async () => {
    path = await agentGuest();
    guest = await startWithCards(bench, path);
    await atLogin(guest);
  });

  afterAll(() => guest.stop({ acpiMs: 0 }));

  it('passes what is right and fails what is not, each with its reason', async () => {
    const page = createHash('sha256').update('vmbridge sample\n').digest('hex');
    const results = await check(
      guest,
      { path, format: 'qcow2' },
      {
        agent: true,
        ports: [80, 81],
        files: [
          { path: '/www/index.html', sha256: page.toUpperCase() },
          { path: '/etc/issue', sha256: '0'.repeat(64) },
          { path: '/etc/no such file' },
          { path: '/etc' },
        ],
        commands: [
          { command: 'test -e /www/index.html', exitCode: 0 },
          { command: 'echo "a \'b\' $((6*7))" >&2; exit 3', exitCode: 0 },
          { command: 'exit 4', exitCode: 4 },
        ],
        volumes: true,
      },
      { limits: { serviceSeconds: 30 } },
    );
    const passed = Object.fromEntries(Object.entries(results).map(([name, result]) => [name, result.passed]));
    expect(passed).toEqual({
      'guest agent': true,
      'port 80': true,
      'port 81': false,
      'file /www/index.html': true,
      'file /etc/issue': false,
      'file /etc/no such file': false,
      'file /etc': false,
      'command test -e /www/index.html': true,
      'command echo "a \'b\' $((6*7))" >&2; exit 3': false,
      'command exit 4': true,
      'partition 1 (ext4, vmbridge-root)': true,
      ...('mounted volumes' in passed ? { 'mounted volumes': true } : {}),
    });
    expect(results['port 80']?.detail).toBe('A program in the guest took the connection.');
    expect(results['port 81']?.detail).toContain('refused');
    expect(results['file /etc']?.detail).toContain('a folder');
    expect(results['command echo "a \'b\' $((6*7))" >&2; exit 3']?.detail).toContain("a 'b' 42");
    const { stdout } = { stdout: await guest.qmp.execute('human-monitor-command', { 'command-line': 'info usernet' }) };
    expect(String(stdout)).not.toContain('HOST_FORWARD');
  });

  it('ends at once when the call is cancelled', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    const started = performance.now();
    const work = check(
      guest,
      { path, format: 'qcow2' },
      { ports: [81], commands: [{ command: 'sleep 1000', exitCode: 0 }] },
      { signal: controller.signal },
    );
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('a guest that ends while it is checked', () => {
  it('fails what is left, and its volumes are looked at', async () => {
    const path = await agentGuest();
    const plan = { image: { path, format: 'qcow2' as const }, memoryBytes, network: 'restricted' as const };
    const guest = await bench.start(path, plan);
    setTimeout(() => void guest.stop({ acpiMs: 0 }), 1000);
    const checks = { ports: [22], files: [{ path: '/etc/hostname' }], volumes: true };
    const results = Object.values(await check(guest, { path, format: 'qcow2' }, checks));
    expect(results.map(({ passed, seconds }) => [passed, seconds < 20])).toEqual([
      [false, true],
      [false, true],
      [true, true],
    ]);
  });
});

describe('a guest without an agent', () => {
  it('is logged in at its console, and leaves no password behind', async () => {
    const path = await loginGuest();
    const guest = await atLogin(await bench.start(path, { memoryBytes, agent: true }));
    const issue = createHash('sha256').update('vmbridge sample 1 \\n \\l\n\n').digest('hex');
    const odd = String.raw`printf '%s|' 'a b' "c\"d" 'é' \! '#' "$((40+2))"; exit 5`;
    const results = await check(
      guest,
      { path, format: 'raw' },
      {
        ...guestUser,
        files: [{ path: '/etc/issue', sha256: issue }, { path: '/etc/none' }],
        commands: [
          { command: 'test "$(id -u)" = 0', exitCode: 0 },
          { command: odd, exitCode: 5 },
          { command: `echo '${guestUser.password}'; yes | head -n 500; echo end`, exitCode: 0 },
          { command: 'sleep 1000', exitCode: 0 },
          { command: 'true', exitCode: 0 },
        ],
      },
      { limits: { patienceSeconds: 2, workSeconds: 15 } },
    );
    expect(Object.values(results).map(({ passed, detail }) => [passed, detail])).toEqual([
      [true, expect.stringContaining('typed at the console as proof')],
      [false, expect.stringContaining('not there')],
      [true, expect.stringContaining('exit code 0')],
      [true, expect.stringContaining('42|')],
      [true, expect.stringMatching(/y y y end$/)],
      [false, expect.stringContaining('did not end')],
      [true, expect.stringContaining('exit code 0')],
    ]);
    const left = [JSON.stringify(results), await readScreen(guest), await guest.serial()].join('\n');
    expect(left).not.toContain(guestUser.password);
    expect(await eventually(async () => /login: *$/.test(await readScreen(guest)))).toBe(true);
  }, 240_000);

  it('is not logged in by a wrong password, once for all checks', async () => {
    const path = await loginGuest();
    const guest = await atLogin(await bench.start(path, { memoryBytes, agent: true }));
    const checks = {
      user: guestUser.user,
      password: 'Not-it-9',
      commands: [
        { command: 'true', exitCode: 0 },
        { command: 'false', exitCode: 1 },
      ],
      files: [{ path: '/etc/hostname' }],
    };
    const results = await check(guest, { path, format: 'raw' }, checks, { limits: { patienceSeconds: 2 } });
    expect(results['command true']).toMatchObject({ passed: false, detail: expect.stringContaining('refused') });
    expect(results['command false']?.seconds).toBeLessThan(3);
    expect(results['file /etc/hostname']).toMatchObject({
      passed: true,
      detail: expect.stringContaining('of the image'),
    });
    expect(JSON.stringify(results) + (await readScreen(guest))).not.toContain('Not-it-9');
  });
});
