import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHome } from '../support/mcp-home.ts';
import { noProviders } from '../support/no-providers.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

const { program, reason } = findPowerShell();
const home = createTestHome({ providers: { ...noProviders, proxmox: { enabled: true } } });
const secret = `b0e6'c2"-\u{1f511}`;
const secure = `(ConvertTo-SecureString 'b0e6''c2"-\u{1f511}' -AsPlainText -Force)`;
let host: PowerShellHost;

beforeAll(async () => {
  if (program === undefined) return;
  host = await openPowerShell({ ...home.environment, VMBRIDGE_PASSPHRASE: 'correct horse battery' });
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

const run = (script: string) => host.run(`Import-Module '${moduleManifest}'\n${script}`, { runspace: 'main' });
const configuration = () => JSON.parse(readFileSync(path.join(home.folder, 'config.json'), 'utf8'));

describe.skipIf(program === undefined)(`cmdlets for hosts and secrets (${reason ?? 'in a real PowerShell'})`, () => {
  it('take a secret that is shown nowhere', async () => {
    const kept = await run(`Set-VmbCredential lab -Secret ${secure} -Verbose`);
    expect(kept.errors).toEqual([]);
    expect(kept.output).toMatchObject([{ $type: 'VmBridge.Credential', name: 'lab', store: 'passphrase' }]);
    const planned = await run(`Set-VmbCredential lab -Secret ${secure} -WhatIf`);
    expect(planned.errors).toEqual([]);
    expect(JSON.stringify([kept, planned])).not.toContain(secret.slice(0, 4));
    const { output } = await run('(Get-Command Set-VmbCredential).Parameters.Secret.ParameterType.Name');
    expect(output).toEqual(['SecureString']);
  });

  it('add hosts, give them to each other, and remove them', async () => {
    const add =
      'Add-VmbHost lab -Provider proxmox -Addresses pve1.lab, pve2.lab -User root@pam -SecretName lab -SkipTest';
    const added = await run(add);
    expect(added.errors).toEqual([]);
    expect(added.output).toMatchObject([{ $type: 'VmBridge.Host', name: 'lab', addresses: ['pve1.lab', 'pve2.lab'] }]);
    // Piped to what asks about a host, it is that host and not all of its provider.
    expect((await run('(Get-VmbHost).HostName')).output).toEqual(['lab']);
    expect((await run('Get-VmbCredential')).output).toMatchObject([{ name: 'lab', usedBy: ['lab'] }]);
    expect((await run('Get-VmbHost | Remove-VmbHost')).errors).toEqual([]);
    expect(configuration()).not.toHaveProperty('hosts');
    const unknown = await run('Test-VmbHost nope');
    expect(unknown.errors).toMatchObject([{ id: 'vmbridge.not_found,Test-VmbHost' }]);
  });

  it('set the configuration and tell it', async () => {
    const { output, errors } = await run(`Set-VmbConfiguration log.level -Value debug
      Set-VmbConfiguration machines -Value 'web*', 'db'
      Get-VmbConfiguration -Key log
      Set-VmbConfiguration log.level -Unset
      Get-VmbCredential | Remove-VmbCredential -Force`);
    expect(errors).toEqual([]);
    expect(output).toMatchObject([
      { $type: 'VmBridge.ConfigurationEntry', key: 'log.level', value: 'debug', source: 'file' },
      { key: 'machines', value: ['web*', 'db'] },
      { key: 'log.level', value: 'debug', source: 'file' },
      { key: 'log.stderr', value: 'warn', source: 'default' },
      { key: 'log.level', value: 'info', source: 'default' },
      expect.anything(),
    ]);
    expect(configuration()).toMatchObject({ machines: ['web*', 'db'] });
  });

  it('ask nothing where a call only looks, by the value of a field', async () => {
    const { output, errors } = await run(`$ConfirmPreference = 'Low'\nRegister-VmbProof -Action list -WhatIf`);
    expect(errors).toEqual([]);
    expect(output).toMatchObject([{ $type: 'VmBridge.ProofSchedule', applied: false }]);
  });
});
