import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf } from '../support/leftovers.ts';
import { createTestHome } from '../support/mcp-home.ts';
import { noProviders } from '../support/no-providers.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import {
  moduleManifest,
  openPowerShell,
  type PowerShellHost,
  powerShellEnvironment,
} from '../support/powershell/powershell-host.ts';

const { program, reason } = findPowerShell();
const machines = [
  { name: 'web1', state: 'running' },
  { name: 'web2', state: 'running' },
  { name: 'db' },
  { name: 'deaf', state: 'running', ignoresShutdown: true },
];
const home = createTestHome({
  providers: { ...noProviders, memory: { enabled: true, speed: 100, machines, file: 'world.json' } },
});
const importModule = `Import-Module '${moduleManifest}'\n`;
let host: PowerShellHost;

beforeAll(async () => {
  if (program !== undefined) host = await openPowerShell(home.environment);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

const run = (script: string, options: object = {}) => host.run(importModule + script, { runspace: 'main', ...options });
const names = (output: { name: string }[]) => output.map(({ name }) => name);
const servers = () => childrenOf(host.processId).filter(line => line.includes('rpc --attended'));

describe.skipIf(program === undefined)(`cmdlets (${reason ?? 'in a real PowerShell'})`, () => {
  it('put out typed objects, with times as DateTime and lists as arrays', async () => {
    const { output, errors } = await run('Get-VmbVM web1');
    expect(errors).toEqual([]);
    expect(output).toMatchObject([{ $type: 'VmBridge.Machine', id: 'memory:local/web1', cpus: 2, networks: [] }]);
    expect(output[0].startedAt).toMatchObject({ $datetime: expect.stringMatching(/^\d{4}-/), kind: 'Local' });
  });

  it('are joined by pipelines, by wildcards, and by objects as arguments', async () => {
    expect(names((await run('Get-VmbVM web* | Suspend-VmbVM')).output)).toEqual(['web1', 'web2']);
    expect(names((await run('Resume-VmbVM web*')).output)).toEqual(['web1', 'web2']);
    expect(names((await run('$vm = Get-VmbVM web1; Suspend-VmbVM $vm; Resume-VmbVM -VM $vm.id')).output)).toEqual([
      'web1',
      'web1',
    ]);
    const steps = `$c = New-VmbCheckpoint web1 -Name first; Get-VmbVM web1 | Get-VmbCheckpoint
      Get-VmbCheckpoint web1 | Remove-VmbCheckpoint -Force; @(Get-VmbCheckpoint web1).Count`;
    expect((await run(steps)).output).toMatchObject([
      { $type: 'VmBridge.Checkpoint', name: 'first', vm: 'memory:local/web1' },
      0,
    ]);
  });

  it('report each failure for itself, as a proper error record, and go on', async () => {
    const { output, errors, terminated } = await run("'nope', 'web1' | Start-VmbVM");
    expect(names(output)).toEqual(['web1']);
    expect(terminated).toBe(false);
    expect(errors).toMatchObject([
      {
        id: 'vmbridge.not_found,Start-VmbVM',
        category: 'ObjectNotFound',
        target: 'nope',
        action: expect.stringContaining('Get-VmbVM'),
      },
    ]);
    const { output: noted } = await run(
      '$Error.Clear(); Start-VmbVM nope -ErrorAction SilentlyContinue; $Error.Count; $Error[0].FullyQualifiedErrorId',
    );
    expect(noted).toEqual([1, 'vmbridge.not_found,Start-VmbVM']);
  });

  it('stand in $Error and in the variable of -ErrorVariable once each', async () => {
    const { output } = await run(`$Error.Clear()
      Get-VmbVM nope -ErrorVariable e -ErrorAction SilentlyContinue; Start-VmbVM nope1, nope2 -ErrorVariable +e -ErrorAction SilentlyContinue
      Connect-VmBridge -ServerCommand /nowhere -ErrorVariable +e -ErrorAction SilentlyContinue
      $Error.Count; $e | ForEach-Object FullyQualifiedErrorId`);
    expect(output).toEqual([
      4,
      'vmbridge.not_found,Get-VmbVM',
      'vmbridge.not_found,Start-VmbVM',
      'vmbridge.not_found,Start-VmbVM',
      'vmbridge.unavailable,Connect-VmBridge',
    ]);
  });

  it('obey -ErrorAction, and the preference of a script that calls them', async () => {
    expect(await run("'nope', 'web1' | Start-VmbVM -ErrorAction Stop")).toMatchObject({ output: [], terminated: true });
    expect(await run("& { $ErrorActionPreference = 'Stop'; Start-VmbVM nope; 'not reached' }")).toMatchObject({
      output: [],
      terminated: true,
      errors: [{ id: 'vmbridge.not_found,Start-VmbVM' }],
    });
    expect(await run("& { $ErrorActionPreference = 'SilentlyContinue'; Start-VmbVM nope; 'reached' }")).toMatchObject({
      output: ['reached'],
      errors: [],
    });
  });

  it('name an unknown name, and none for a pattern', async () => {
    expect((await run('Get-VmbVM nope')).errors).toMatchObject([{ id: 'vmbridge.not_found,Get-VmbVM' }]);
    expect(await run('Get-VmbVM nope*')).toMatchObject({ output: [], errors: [] });
  });

  it('page as they are asked', async () => {
    expect(names((await run('Get-VmbVM -First 2')).output)).toEqual(['db', 'deaf']);
    expect(names((await run('Get-VmbVM -Skip 2 -First 1')).output)).toEqual(['web1']);
    expect((await run('(Get-VmbVM -First 0 -IncludeTotalCount).ToString()')).output[0]).toContain('4');
    expect(names((await run('Get-VmbVM | Select-Object -First 1')).output)).toEqual(['db']);
  });

  it('show the plan of the server with -WhatIf, and change nothing', async () => {
    const script = `${importModule}Get-VmbVM web* | Stop-VmbVM -WhatIf; Remove-VmbVM db -WhatIf; & { $WhatIfPreference = $true; Stop-VmbVM web1 }`;
    const text = execFileSync(program ?? '', ['-NoProfile', '-NonInteractive', '-Command', script], {
      env: await powerShellEnvironment(home.environment),
      encoding: 'utf8',
    });
    expect(text.match(/What if: /g)).toHaveLength(4);
    expect(text).toMatch(
      /What if: .*memory:local\/web1[\s\S]*1\. Stopping the machine "web1"[\s\S]*guest asked to shut down/,
    );
    expect(text).toContain('Deleting the machine "db"');
    expect((await run('Get-VmbVM | ForEach-Object { "$($_.name) $($_.state)" }')).output).toEqual([
      'db stopped',
      'deaf running',
      'web1 running',
      'web2 running',
    ]);
  });

  it('ask before they destroy, and do not with -Force', async () => {
    // Nobody is there to be asked.
    const { errors } = await run('New-VmbVM victim | Out-Null; Remove-VmbVM victim');
    expect(errors).toHaveLength(1);
    expect(names((await run('Get-VmbVM victim')).output)).toEqual(['victim']);
    expect(await run('Remove-VmbVM victim -Force; Get-VmbVM vict*')).toMatchObject({ output: [], errors: [] });
  });

  it('return an operation with -NoWait, to be received later', async () => {
    const { output } = await run(
      '$op = Stop-VmbVM web2 -NoWait; $op; $op | Receive-VmbOperation -Wait; Start-VmbVM web2 -NoWait | Wait-VmbOperation',
    );
    expect(output).toMatchObject([
      { $type: 'VmBridge.Operation', tool: 'vm.stop' },
      { $type: 'VmBridge.Machine', name: 'web2', state: 'stopped' },
      { $type: 'VmBridge.Operation', tool: 'vm.start', state: 'succeeded' },
    ]);
    expect((await run('Receive-VmbOperation op-000000zz')).errors).toMatchObject([
      { id: 'vmbridge.not_found,Receive-VmbOperation' },
    ]);
  });

  it('show progress in two lines, which go away', async () => {
    const { progress } = await run('Restart-VmbVM web1');
    expect(progress.length).toBeGreaterThan(2);
    expect(progress[0]).toMatchObject({ activity: 'Restart-VmbVM', status: 'web1', parent: -1 });
    expect(progress[1]).toMatchObject({ parent: progress[0]?.id });
    expect(progress.at(-1)).toMatchObject({ type: 'Completed', id: progress[0]?.id });
    expect((await run("& { $ProgressPreference = 'SilentlyContinue'; Restart-VmbVM web1 }")).progress).toEqual([]);
  });

  it('cancel on the server when the pipeline is stopped', async () => {
    const { state, stopMilliseconds } = await run('Stop-VmbVM deaf -TimeoutSeconds 3000', { stopAfterProgress: 2 });
    expect(state).toBe('Stopped');
    expect(stopMilliseconds).toBeLessThan(6000);
    const { output } = await run('(Get-VmbOperation)[0]; Get-VmbVM deaf');
    expect(output).toMatchObject([
      { tool: 'vm.stop', state: 'cancelled' },
      { name: 'deaf', state: 'running' },
    ]);
  });

  it('bring the log to the streams that ask for it', async () => {
    const { debug, verbose } = await run('Get-VmbVM web1 -Debug -Verbose');
    expect(debug.join('\n')).toMatch(/vm\.list/);
    expect(verbose).toBeInstanceOf(Array);
    expect((await run('Get-VmbVM web1')).debug).toEqual([]);
  });

  it('complete names from the server that runs', async () => {
    // However busy this machine is.
    await run('$null = Get-VmbVM; & (Get-Module VmBridge) { $script:VmbPatience = 20000 }');
    const words = (line: string) =>
      `(TabExpansion2 '${line}' ${line.replaceAll("''", "'").length}).CompletionMatches | ForEach-Object CompletionText`;
    expect((await run(words('Stop-VmbVM we'))).output).toEqual(['web1', 'web2']);
    expect((await run(words('Get-VmbVM -Provider mem'))).output).toEqual(['memory']);
    await run("New-VmbCheckpoint web1 -Name 'a b' | Out-Null");
    expect((await run(words('Restore-VmbCheckpoint web1 '))).output).toContain("'a b'");
    expect((await run('New-VmbNetwork lab1 | Out-Null')).errors).toEqual([]);
    expect((await run(words('Remove-VmbNetwork la'))).output).toEqual(['lab1']);
    expect((await run(words('Set-VmbVM web1 -Network la'))).output).toEqual(['lab1']);
  });

  it('start a new server when theirs has died, with a warning', async () => {
    await run('Get-VmbVM web1');
    await run(
      '(Get-VmBridge).command | Out-Null; & (Get-Module VmBridge) { foreach ($s in $script:VmbSessions.Values) { $s.Connection.Process.Kill(); $s.Connection.Process.WaitForExit() } }',
    );
    const { output, warnings } = await run('Get-VmbVM web1');
    expect(names(output)).toEqual(['web1']);
    expect(warnings).toEqual([expect.stringMatching(/had ended and is started again/)]);
  });

  it('do not repeat what changes something when the server dies meanwhile, and repeat what looks only', async () => {
    const kill = `$kill = { param($id) Start-Sleep -Milliseconds 400; Stop-Process -Id $id -Force }
      $id = & (Get-Module VmBridge) { @($script:VmbSessions.Values)[0].Connection.Process.Id }
      $job = [powershell]::Create().AddScript($kill).AddArgument($id); $null = $job.BeginInvoke()\n`;
    const changing = await run(`${kill}Stop-VmbVM deaf -TimeoutSeconds 3000`);
    expect(changing.errors).toMatchObject([
      { id: 'vmbridge.unavailable,Stop-VmbVM', message: expect.stringMatching(/done in part or not at all/) },
    ]);
    await run('Get-VmbVM | Out-Null; $op = Stop-VmbVM deaf -TimeoutSeconds 3000 -NoWait');
    const looking = await run(`${kill}Wait-VmbOperation (Get-VmbOperation -State running)[0] -Seconds 3`);
    expect(looking.warnings.join()).toMatch(/changes nothing and is asked again/);
    expect(looking.errors.map(({ id }) => id).join()).not.toContain('unavailable');
  });

  it('take the fields of a tool as the schema has them, whatever the case', async () => {
    expect(names((await run('Get-VmbVM -State RUNNING -Name web1')).output)).toEqual(['web1']);
    expect((await run('Get-VmbVM -State flying')).errors[0]?.id).toContain('ParameterArgumentValidationError');
    expect((await run('New-VmbVM x -Cpus 1000')).errors[0]?.id).toContain('ParameterArgumentValidationError');
  });

  it('have a server for each session, and end it with the module', async () => {
    const { output } =
      await run(`$s = Connect-VmBridge -Name second; (Get-VmBridge).Count; Get-VmbVM web1 -Session second
      $s | Disconnect-VmBridge; (Get-VmBridge).Count; Get-VmbVM web1 -Session second`);
    expect(output).toMatchObject([2, { name: 'web1' }, 1]);
    await run('Remove-Module VmBridge');
    for (let tries = 0; tries < 50 && servers().length > 0; tries++) await delay(100);
    expect(servers()).toEqual([]);
  });

  it('leave no server behind when runspaces end', async () => {
    const { output, errors } = await host.run(
      `1..4 | ForEach-Object -Parallel { ${importModule} (Get-VmbVM web*).Count } -ThrottleLimit 2`,
    );
    expect(errors).toEqual([]);
    expect(output).toEqual([2, 2, 2, 2]);
    for (let tries = 0; tries < 100 && servers().length > 0; tries++) await delay(100);
    expect(servers()).toEqual([]);
  });

  it('work under the strictest mode of a profile', async () => {
    const { output, errors, terminated } = await host.run(`Set-StrictMode -Version Latest
      ${importModule}Get-VmbVM web1 | Suspend-VmbVM; Resume-VmbVM web*; New-VmbVM strict; Remove-VmbVM strict -Force
      Get-VmbNetwork; Get-VmbProof; Start-VmbVM nope; Connect-VmBridge -ServerCommand /nowhere; Get-VmBridge | Disconnect-VmBridge`);
    expect(terminated).toBe(false);
    expect(names(output).slice(0, 4)).toEqual(['web1', 'web1', 'web2', 'strict']);
    expect(errors.map(({ id }) => id)).toEqual([
      'vmbridge.not_found,Start-VmbVM',
      'vmbridge.unavailable,Connect-VmBridge',
    ]);
  });

  it('need no cmdlet but those of the engine itself', async () => {
    const { output, errors } = await host.run(
      `${importModule}Get-VmbVM web1 | Suspend-VmbVM; Resume-VmbVM web1; Get-VmbProvider`,
      { bare: true },
    );
    expect(errors).toEqual([]);
    expect(output).toHaveLength(3);
  });
});
