import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf } from '../support/leftovers.ts';
import { createTestHome } from '../support/mcp-home.ts';
import { noProviders } from '../support/no-providers.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

const { program, reason } = findPowerShell();
const machines = [{ name: 'web1', state: 'running' }, { name: 'web2', state: 'running' }, { name: "it's $x [1]" }];
const home = createTestHome({ providers: { ...noProviders, memory: { enabled: true, speed: 100, machines } } });
let host: PowerShellHost;

beforeAll(async () => {
  if (program !== undefined) host = await openPowerShell(home.environment);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

const run = (script: string, runspace: string | undefined = 'main') =>
  host.run(`Import-Module '${moduleManifest}'\n${script}`, runspace === '' ? {} : { runspace });
const completed = (line: string) =>
  `(TabExpansion2 '${line.replaceAll("'", "''")}').CompletionMatches | ForEach-Object CompletionText`;

describe.skipIf(program === undefined)(`cmdlets among others (${reason ?? 'in a real PowerShell'})`, () => {
  it('start no server for the Tab key', async () => {
    const { output } = await run(
      `${completed('Stop-VmbVM we')} | Where-Object { $_ -like 'web*' }; @(Get-VmBridge).Count`,
      '',
    );
    expect(output).toEqual([0]);
    expect(childrenOf(host.processId).filter(line => line.includes('rpc --attended'))).toEqual([]);
  });

  it.skipIf(!existsSync('/proc/self/stat') || !existsSync('/usr/bin/setsid'))(
    'keep the Ctrl+C of a terminal from the server',
    async () => {
      const { output } =
        await run(`$null = Get-VmbVM; $id = & (Get-Module VmBridge) { (Find-VmbSession $null).Connection.Process.Id }
      [System.IO.File]::ReadAllText("/proc/$id/stat")`);
      const [pid, , , , group, session] = String(output[0])
        .replace(/\(.*\)/s, 'name')
        .split(' ');
      expect([group, session]).toEqual([pid, pid]);
    },
  );

  it('take an id, and an object, as the first word of Get-VmbVM', async () => {
    const { output, errors } = await run(`(Get-VmbVM memory:local/web1).name; $vm = Get-VmbVM web2; (Get-VmbVM $vm).name
      (Get-VmbVM | ForEach-Object { Get-VmbVM $_ }).Count; Get-VmbVM memory:local/nope`);
    expect(errors).toMatchObject([{ id: 'vmbridge.not_found,Get-VmbVM', target: 'memory:local/nope' }]);
    expect(output).toEqual(['web1', 'web2', 3]);
  });

  it('complete what else the server knows', async () => {
    const { output } =
      await run(`$Error.Clear(); $null = Get-VmbVM; & (Get-Module VmBridge) { $script:VmbPatience = 20000 }; ${completed('Get-VmbVM we')}; '-'; ${completed("Stop-VmbVM 'it")}; '-'
      ${completed('Stop-VmbVM memory:local/w')}; '-'; ${completed('Get-VmbVM -Session ')}; '-'; ${completed('Set-VmbConfiguration -Key log.')}
      $Error.Count`);
    const ids = ['memory:local/web1', 'memory:local/web2'];
    expect(output).toEqual([
      ...['web1', 'web2', '-', "'it''s $x [1]'", '-', ...ids, '-', 'local', '-', 'log.level', 'log.stderr'],
      0,
    ]);
  });

  it('leave the errors of what follows them in the pipeline alone', async () => {
    const { output, errors } = await run(`$Error.Clear()
      try { Get-VmbVM | ForEach-Object { throw 'of list' } } catch { "$_" }
      try { Get-VmbVM web1 | Suspend-VmbVM | Resume-VmbVM | ForEach-Object { throw 'of change' } } catch { "$_" }
      try { Restart-VmbVM web1 -NoWait | Receive-VmbOperation -Wait | ForEach-Object { throw 'of result' } } catch { "$_" }
      try { Get-VmbVM web1 | ForEach-Object { Start-VmbVM nope -ErrorAction Stop } } catch { $_.FullyQualifiedErrorId }
      $Error.Count`);
    expect(errors).toEqual([]);
    expect(output).toEqual(['of list', 'of change', 'of result', 'vmbridge.not_found,Start-VmbVM', 4]);
  });

  it('undo what a result tells how to undo, given by the pipeline', async () => {
    const { output, errors } =
      await run(`$result = Stop-VmbVM web2; $result.undo.summary; $result | Undo-VmbOperation | ForEach-Object by
      Stop-VmbVM web2 -NoWait | Receive-VmbOperation -Wait | Undo-VmbOperation | ForEach-Object by; (Get-VmbVM web2).state`);
    expect(errors).toEqual([]);
    expect(output).toEqual(['Undo-VmbOperation calls Start-VmbVM.', 'vm.start', 'vm.start', 'running']);
  });

  it('refuse a number that would arrive as another', async () => {
    const { errors } = await run(`foreach ($number in 9007199254740993, [long]::MinValue, [double]::NaN) {
      Set-VmbConfiguration log.level -Value $number -ErrorVariable noted; if ($noted.Count -ne 1) { throw 'noted twice' } }`);
    expect(errors.map(({ id }) => id)).toEqual(Array(3).fill('vmbridge.invalid,Set-VmbConfiguration'));
  });

  it('name commands of this shell where a remedy has those of the command line', async () => {
    const { output } = await run(`$null = Get-VmbVM; & (Get-Module VmBridge) { foreach ($text in @(
      'Stop it first: vmbridge call vm.stop --vm proxmox:lab/100', 'See vmbridge call vm.stop --help.', 'vmbridge host add lab … --replace --fingerprint 5A:0C', 'Forget it: --force (evenIfUsed).', 'See: vmbridge host list',
      'vmbridge host add lab --provider x', "vmbridge call vm.stop --vm 'a b'", 'vmbridge prove --help')) { ConvertTo-VmbAdvice $text } }`);
    expect(output).toEqual([
      'Stop it first: Stop-VmbVM -VM proxmox:lab/100',
      'See Get-Help Stop-VmbVM.',
      'Add-VmbHost lab … -Replace -Fingerprints 5A:0C',
      'Forget it: -EvenIfUsed.',
      'See: Get-VmbHost',
      'vmbridge host add lab --provider x',
      "vmbridge call vm.stop --vm 'a b'",
      'vmbridge prove --help',
    ]);
  });
});
