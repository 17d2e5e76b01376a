import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHome } from '../support/mcp-home.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import {
  moduleManifest,
  openPowerShell,
  type PowerShellHost,
  powerShellEnvironment,
} from '../support/powershell/powershell-host.ts';

const { program, reason } = findPowerShell();
const home = createTestHome();
const bin = mkdtempSync(path.join(tmpdir(), 'vmb-ssh-'));
const importModule = `Import-Module '${moduleManifest}'\n`;
let host: PowerShellHost;

const talker = path.join(bin, 'talker.mjs');

const oldServer = path.join(bin, 'old.mjs');

/** Answers each request with all that the module asks for when it connects. */
const answerAll = `
const result = { operations: [], info: { version: '0.0.1' } };
process.stdin.on('data', data => {
  for (const [, id] of String(data).matchAll(/"id":(\\d+)/g)) {
    const text = JSON.stringify({ jsonrpc: '2.0', id: Number(id), result });
    process.stdout.write('Content-Length: ' + text.length + '\\r\\n\\r\\n' + text);
  }
});
process.stdin.on('end', () => process.exit());
`;

/** The server as it is reached through a shell that has something to say first, or that is none. */
const talk = (server: string) => `
const [, , kind] = process.argv;
if (kind === 'refuse') { console.log('No shell for you.'); process.exit(1); }
if (kind === 'stutter') process.stdin.once('data', () => process.stdout.write('Content-Length: 5\\r\\n\\r\\n{"a":'));
else {
  process.stdout.write('Last login: today\\r\\n'.repeat(500) + '\\r\\n\\r\\nprompt> ');
  if (kind === 'slow') {
    // What is said, the head of an answer and its content arrive one after the other.
    const write = process.stdout.write.bind(process.stdout);
    let last = Promise.resolve();
    process.stdout.write = (data, ...rest) => {
      last = last.then(() => { write(data); }).then(() => new Promise(done => setTimeout(done, 200)));
      rest.find(each => typeof each === 'function')?.();
      return true;
    };
  }
  process.argv.splice(1, 4, ${JSON.stringify(server)}, 'rpc', '--attended');
  await import(${JSON.stringify(server)});
}
`;

/** Does what ssh and the shell at its other end do: drops options and host, and has a shell read the rest as one line. */
const standIn = (server: string) => `#!/bin/sh
printf '%s\\n' "$@" > '${bin}/arguments'
while [ "$1" != -- ]; do shift; done
shift; shift
vmbridge() { exec '${process.execPath}' '${server}' "$@"; }
eval "$*"
`;

beforeAll(async () => {
  if (program === undefined) return;
  const environment = await powerShellEnvironment(home.environment);
  writeFileSync(path.join(bin, 'ssh'), standIn(environment.VMBRIDGE_SERVER ?? ''));
  chmodSync(path.join(bin, 'ssh'), 0o755);
  writeFileSync(oldServer, answerAll);
  writeFileSync(talker, talk(environment.VMBRIDGE_SERVER ?? ''));
  host = await openPowerShell({ ...home.environment, PATH: `${bin}${path.delimiter}${home.environment.PATH}` });
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
  rmSync(bin, { recursive: true, force: true });
});

const run = (script: string) => host.run(importModule + script);
const lines = () => readFileSync(path.join(bin, 'arguments'), 'utf8').trimEnd().split('\n');

describe.skipIf(program === undefined)(`Connect-VmBridge (${reason ?? 'through a stand-in for ssh'})`, () => {
  it('runs the server on another machine, and is the session in use from then on', async () => {
    const { output, errors } = await run(`Connect-VmBridge -HostName ada@backup1 -Port 2222 -KeyFilePath ./key
      Get-VmbVM web; (Get-VmBridge).name; Get-VmbVM web -Session backup1
      Get-VmBridge | Disconnect-VmBridge; @(Get-VmBridge).Count`);
    expect(errors).toEqual([]);
    expect(output).toMatchObject([
      { $type: 'VmBridge.Session', name: 'backup1', hostName: 'ada@backup1' },
      { name: 'web' },
      'backup1',
      { name: 'web' },
      0,
    ]);
    expect(lines()).toEqual(expect.arrayContaining(['-T', '-p', '2222', '-i', path.resolve('key')]));
    expect(lines().slice(-5)).toEqual(['--', 'ada@backup1', 'vmbridge', 'rpc', '--attended']);
  });

  it('leaves paths to the other machine', async () => {
    const { errors } = await run(`$null = Connect-VmBridge -ComputerName backup1; Get-VmbImage relative/web.vhdx`);
    expect(errors).toMatchObject([
      { id: 'vmbridge.not_found,Get-VmbImage', message: expect.not.stringContaining(process.cwd()) },
    ]);
  });

  it('passes what narrows the server on', async () => {
    const { errors } = await run(`$null = Connect-VmBridge -HostName backup1 -ReadOnly; Stop-VmbVM web`);
    expect(errors).toMatchObject([{ id: 'vmbridge.denied,Stop-VmbVM', category: 'PermissionDenied' }]);
  });

  it.each([
    ['a host that is an option', "-HostName '-oProxyCommand=x'", 'ParameterArgumentValidationError'],
    ['a host with a space', "-HostName 'a b'", 'ParameterArgumentValidationError'],
    ['a command that a shell would act upon', "-HostName a -ServerCommand 'vmbridge; reboot'", 'vmbridge.invalid'],
    ['a server that ends at once', `-ServerCommand '${process.execPath}', '-e', '0'`, 'vmbridge.unavailable'],
    ['a program that there is not', "-ServerCommand '/nowhere/vmbridge'", 'vmbridge.unavailable'],
  ])('refuses %s', async (_what, words, id) => {
    const { errors, output } = await run(`Connect-VmBridge ${words}; (Get-VmBridge).Count`);
    expect(errors.map(error => error.id).join()).toContain(id);
    expect(output).toEqual([0]);
  });

  it('tells when the other machine has another version', async () => {
    const old = standIn('').replace(/^eval.*$/m, `'${process.execPath}' '${oldServer}'`);
    writeFileSync(path.join(bin, 'ssh'), old);
    const { warnings, errors } = await run('$null = Connect-VmBridge -HostName backup1');
    expect(errors).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/on backup1 is version 0\.0\.1, this module \d/)]);
  });

  it('reads past what the profile of an account prints', async () => {
    const words = `'${process.execPath}', '${talker}'`;
    const { output, errors } = await run(`$null = Connect-VmBridge -ServerCommand ${words}, 'talk'; (Get-VmbVM web).name
      $null = Connect-VmBridge -ServerCommand ${words}, 'slow'; (Get-VmbVM web).name
      $Error.Clear(); foreach ($kind in 'refuse', 'stutter') { Connect-VmBridge -ServerCommand ${words}, $kind }; $Error.Count`);
    expect(output).toEqual(['web', 'web', 2]);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/ended as soon as it was started\. It said: No shell for you\.$/),
      expect.stringMatching(/does not speak as vmbridge does\. It sent what is not JSON\./),
    ]);
  });

  it('says what is wrong with a session that there is not', async () => {
    const { errors } = await run('Get-VmbVM -Session nobody');
    expect(errors).toMatchObject([
      { id: 'vmbridge.not_found,Get-VmbVM', action: expect.stringContaining('Connect-VmBridge') },
    ]);
  });

  it('names what there is to do in the words of the shell', async () => {
    const { errors } = await run('Start-VmbVM nope; Test-VmbImage /no/such/image');
    expect(errors[0]?.action).toBe('See Get-VmbVM for the machines there are.');
    expect(errors[1]?.action).not.toMatch(/image\.prove/);
  });
});
