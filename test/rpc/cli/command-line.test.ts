import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHome, type TestHome } from '../../support/mcp-home.ts';
import { createPretendHome, main, type RunOptions, runVmbridge } from './support/run-vmbridge.ts';

let home: TestHome;
beforeAll(() => {
  home = createPretendHome();
});
afterAll(() => home.remove());

const run = (words: string, options?: RunOptions) => runVmbridge(home, words.split(' ').filter(Boolean), options);

describe('the command line', () => {
  it('shows its commands, with examples', async () => {
    const { status, stdout, stderr } = await run('--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of ['tools', 'call', 'list', 'inspect', 'boot', 'prove', 'stop', 'doctor', 'serve', 'rpc']) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    expect(stdout).toContain('Examples:');
  });

  it.each(['serve --help', 'rpc --help', 'prove --help', 'call --help', 'call vm.list --help'])(
    'explains %s',
    async words => {
      const { status, stdout, stderr } = await run(words);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: vmbridge /);
    },
  );

  it('tells its version', async () => {
    expect(await run('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    ['', /Usage:/],
    ['nonsense', /Unknown command 'nonsense'/],
    ['lst', /Did you mean list/],
    ['list --nonsense', /Unknown option '--nonsense'/],
    ['list too much', /Too many arguments/],
    ['prove', /Missing required argument 'image'/],
    ['prove x --bus scsi', /ahci/],
    ['prove x --parallel many', /whole number/],
    ['prove x --pass-on login,panic', /"passOn/],
    ['prove x --checks {', /JSON object/],
    ['prove x y --checks {"ports":[0]}', /"options.checks.ports/],
    ['prove x y --parallel 1000', /"parallel"/],
    ['prove --request missing.json', /can not be read/],
    ['schedule --name Nightly! --at x y', /"name"/],
    ['schedule --name nightly y', /"at" is missing/],
    ['schedule --name nightly --at noon y', /says no time/],
    ['schedule --options { y', /JSON object/],
    ['prove x --memory lots', /takes a size/],
    ['prove x --cpus 1.5', /whole number/],
    ['call', /id of the tool is missing/],
    ['call vm.lst', /Did you mean vm.list/],
    ['call vm.list --limt 3', /Did you mean --limit/],
    ['call vm.list --limit 0', /"limit"/],
    ['call vm.get', /"vm"/],
    ['call vm.list {', /not a JSON object/],
    ['call vm.list {} {}', /one word too many/],
    ['list --groups nonsense', /no tool group "nonsense"/],
    ['list --state asleep', /"state"/],
  ])('calls "%s" bad usage', async (words, message) => {
    const { status, stdout, stderr } = await run(words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it.each(['nonsense --json', 'call --json', 'prove --json x --cpus many', 'call vm.list --json --limt 3'])(
    'reports "%s" as one JSON value, too',
    async words => {
      const { status, json, stderr } = await run(words);
      expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
      expect(json).toMatchObject({ error: { code: 'invalid', message: expect.any(String) } });
    },
  );

  it('tells a failure with its remedy on stderr', async () => {
    const { status, stdout, stderr } = await run('call vm.get --vm nobody');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe('vmbridge: There is no machine "nobody".\n  → See vm.list for the machines there are.\n');
  });

  it('prints nothing that a terminal would obey', async () => {
    const { stderr } = await runVmbridge(home, ['call', 'vm.get', '--vm', 'a\u001b[31m\u009bb\u202e\nc']);
    expect(stderr).toContain('a\\x1b[31m\\x9bb\\u202e\\x0ac');
    const { stdout, json } = await runVmbridge(home, ['call', 'vm.get', '--vm', 'a\u009b\u202e', '--json']);
    expect(stdout).not.toMatch(/[\u007f-\u009f\u202e]/);
    expect(json.error.message).toContain('a');
  });

  it('lists the tools, narrowed by the flags', async () => {
    const { stdout } = await run('tools');
    expect(stdout).toMatch(/^GROUP +TOOL +EFFECT +SUMMARY$/m);
    expect(stdout).toMatch(/^vm +vm\.delete +destroy +Delete/m);
    const { json } = await run('--read-only tools --groups vm --json');
    expect(json.map((tool: { id: string }) => tool.id)).toEqual(['vm.get', 'vm.list']);
  });

  it('lists the machines', async () => {
    const { status, stdout } = await run('list --state running');
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^ID +NAME +STATE +CPUS +MEMORY +IMAGE$/);
    expect(stdout).toMatch(/^memory:local\/web +web +running +2 +2 GiB$/m);
    expect((await run('list --json')).json).toMatchObject({ total: 3, missing: [] });
  });

  it('calls a tool with fields, with JSON and with JSON from standard input', async () => {
    const byField = await run('call vm.list --name web --json');
    expect(byField).toMatchObject({ status: 0, stderr: '' });
    expect(byField.json.machines).toMatchObject([{ name: 'web' }]);
    expect((await run('call vm.list {"name":"web"} --json')).json.machines).toMatchObject([{ name: 'web' }]);
    expect((await run('call vm.list - --json', { input: '{"name":"d*"}' })).json).toMatchObject({ total: 1 });
    expect((await run('call vm.list {"name":"web"} --name db --json')).json.machines).toMatchObject([{ name: 'db' }]);
  });

  it('brings odd values through the whole way', async () => {
    for (const name of ['--json', '-', 'ünï ‘q’, 50% $HOME', 'C:\\a b\\c']) {
      const { status, json } = await runVmbridge(home, ['call', 'vm.get', `--vm=${name}`, '--json']);
      expect({ status, message: json.error.message }).toEqual({ status: 1, message: `There is no machine "${name}".` });
    }
  });

  it('shows an output to people as facts and tables', async () => {
    const { stdout } = await run('call vm.list');
    expect(stdout).toMatch(/^total +3$/m);
    expect(stdout).toMatch(/^ {2}memory:local\/web +memory +local +web +vm +running/m);
  });

  it('tells progress in lines when stderr is no terminal, unless --quiet or --json', async () => {
    const { stderr, status } = await run('call vm.restart --vm web');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^vm\.restart: \d+ % /m);
    expect(await run('call vm.restart --vm web --quiet')).toMatchObject({ status: 0, stderr: '' });
    expect(await run('call vm.restart --vm web --json')).toMatchObject({ status: 0, stderr: '' });
  });

  it('shows the log with --verbose only', async () => {
    expect((await run('list --verbose')).status).toBe(0);
    expect((await run('list')).stderr).toBe('');
  });

  it('stops a machine and says how', async () => {
    expect(await run('call vm.start --vm db --quiet')).toMatchObject({ status: 0 });
    expect(await run('stop db --quiet')).toMatchObject({
      status: 0,
      stdout: 'memory:local/db stopped: the guest shut down.\n',
    });
    expect((await run('stop db --force --json')).json).toMatchObject({ method: 'already' });
    expect(await run('stop nobody --json')).toMatchObject({ status: 1, json: { error: { code: 'not_found' } } });
  });

  it('destroys nothing unasked', async () => {
    expect((await run('call vm.create --name gone')).status).toBe(0);
    const refused = await run('call vm.delete --vm gone', { input: 'yes\n' });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/--yes/);
    expect((await run('call vm.delete --vm gone --json')).json).toMatchObject({ error: { code: 'approval_required' } });
    expect((await run('call vm.delete --vm gone --yes')).status).toBe(0);
    expect((await run('call vm.get --vm gone')).status).toBe(1);
  });

  it('refuses changes with --read-only', async () => {
    const { status, json } = await run('call vm.start --vm db --read-only --json');
    expect({ status, code: json.error.code }).toEqual({ status: 1, code: 'denied' });
  });

  it('warns that work which has not ended ends with the command', async () => {
    const { status, stdout, stderr } = await run('call vm.start --vm slow --wait 0.2');
    expect(status).toBe(0);
    expect(stdout).toMatch(/state +running/);
    expect(stderr).toMatch(/is cancelled with this command/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('cancels at %s, cleans up and ends with %i', async (signal, status) => {
    let sent = false;
    const ended = await run('call vm.start --vm slow', {
      watch: (seen, kill) => {
        if (sent || !seen.includes('vm.start:')) return;
        sent = true;
        kill(signal);
      },
    });
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(ended.stderr).toMatch(/^vmbridge: .*[Cc]ancelled/m);
    const { json } = await run('call operation.list --limit 1 --json');
    expect(json.operations).toMatchObject([{ tool: 'vm.start', state: 'cancelled' }]);
  });

  it('ends quietly when nobody reads its output', async () => {
    const child = spawn(process.execPath, [main, 'tools', '--json'], { env: home.environment, stdio: 'pipe' });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', chunk => {
      stderr += chunk;
    });
    const [status] = await once(child, 'close');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('opens a door when flags stand before its name', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'vm.start', params: { vm: 'db' } });
    const { status, stdout } = await run('--read-only rpc', { input: `Content-Length: ${body.length}\r\n\r\n${body}` });
    expect(status).toBe(0);
    expect(stdout).toContain('-32015');
  });

  it('names the file when the configuration is wrong', async () => {
    const broken = createTestHome('{"groups": 5}');
    const file = path.join(broken.folder, 'config.json');
    const listed = await runVmbridge(broken, ['list']);
    expect(listed.status).not.toBe(0);
    expect(listed.stderr).toContain('groups');
    const examined = await runVmbridge(broken, ['doctor']);
    expect(examined).toMatchObject({ status: 1, stdout: expect.stringContaining(file) });
    broken.remove();
  });
});

describe('doctor', () => {
  it('says what is missing and how to mend it', async () => {
    const bare = createTestHome({ engine: { system: '/nowhere/qemu-system-x86_64' } });
    const { status, stdout } = await runVmbridge(bare, ['doctor']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ engine: /);
    expect(stdout).toMatch(/→ /);
    expect(stdout).toContain(path.join(bare.folder, 'logs'));
    const { json } = await runVmbridge(bare, ['doctor', '--json']);
    expect(json).toMatchObject({ ready: false, engine: { available: false }, configured: true });
    bare.remove();
  });
});

describe('inspect', () => {
  it('takes a path relative to the present folder', async () => {
    const engine = createTestHome({});
    writeFileSync(path.join(engine.folder, 'disk, 50%.img'), Buffer.alloc(2 ** 20));
    const { status, stdout } = await runVmbridge(engine, ['inspect', 'disk, 50%.img'], { cwd: engine.folder });
    expect(status).toBe(0);
    expect(stdout).toContain(path.join(engine.folder, 'disk, 50%.img'));
    expect(stdout).toMatch(/^size +1 MiB for the guest/m);
    const missing = await runVmbridge(engine, ['inspect', 'nothing.img', '--json'], { cwd: engine.folder });
    expect(missing).toMatchObject({ status: 1, json: { error: { code: 'not_found' } } });
    engine.remove();
  });
});
