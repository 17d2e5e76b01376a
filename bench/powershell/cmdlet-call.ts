import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { PowerShellHost } from '../../test/support/powershell/powershell-host.ts';
import { milliseconds } from '../support/milliseconds.ts';
import { describeSpread, median } from '../support/spread.ts';
import { PretendHost } from './pretend-host.ts';

const rounds = 25;
const callsARound = 20;
const warmUpRounds = 10;
const aim = 3;

const pairs = [
  { cmdlet: 'Get-VmbOperation', method: 'operation.list', params: {} },
  { cmdlet: 'Get-VmbVM -VM web', method: 'vm.get', params: { vm: 'web' } },
] as const;
type Pair = (typeof pairs)[number];

/** A cmdlet in a PowerShell that has made the call before, beside the same call by a client in Node, each with its server. */
export async function measureCmdletCall(): Promise<void> {
  const host = await PretendHost.open('Warm call', [{ name: 'web', state: 'running' }]);
  if (host === undefined) return;
  await using _host = host;
  await using shell = host.openPowerShell();
  const client = host.openClient();
  await shell.run(`Import-Module '${host.manifest}'`, { runspace: 'main' });
  for (const pair of pairs) await measurePair(shell, client, pair);
  client.dispose();
}

async function measurePair(shell: PowerShellHost, client: MessageConnection, pair: Pair): Promise<void> {
  const ofCmdlet: number[] = [];
  const ofClient: number[] = [];
  for (let round = -warmUpRounds; round < rounds; round++) {
    const one = median(await cmdletTimes(shell, `$null = ${pair.cmdlet}`));
    const other = median(await clientTimes(client, pair));
    if (round < 0) continue;
    ofCmdlet.push(one);
    ofClient.push(other);
  }
  const more = median(ofCmdlet.map((time, round) => time - (ofClient[round] ?? Number.NaN)));
  console.log(`\nWarm call, milliseconds (minimum/median/maximum of ${rounds} rounds' medians of ${callsARound})`);
  console.log(`  ${pair.cmdlet}: ${describeSpread(ofCmdlet, 2)}`);
  console.log(`  ${pair.method} by a client in Node: ${describeSpread(ofClient, 2)}`);
  console.log(
    `  median of paired differences ${more.toFixed(2)}; aim ≤ ${aim}: ${more <= aim ? 'reached' : 'NOT reached'}`,
  );
  if (more > aim) await printHints(shell, pair);
}

/** Where to look: the request alone, as the cmdlet makes it, is what lies below the cmdlet's own work. */
async function printHints(shell: PowerShellHost, { method, params }: Pair): Promise<void> {
  const pairsOf = Object.entries(params).map(
    ([key, value]) => `${key} = ${JSON.stringify(value).replaceAll('"', "'")}`,
  );
  const request = `& $module { param($Cmdlet) $null = Invoke-VmbRequest $Cmdlet (Find-VmbSession $null) '${method}' ([ordered]@{ ${pairsOf.join('; ')} }) '' $true } $PSCmdlet`;
  const times = await cmdletTimes(shell, request);
  const bare = await cmdletTimes(shell, '$null = & $module { param($Cmdlet) Find-VmbSession $null } $PSCmdlet');
  console.log(
    `  of which the request alone ${median(times).toFixed(2)}, calling into the module ${median(bare).toFixed(2)}`,
  );
}

async function cmdletTimes(shell: PowerShellHost, statement: string): Promise<number[]> {
  const script = `& { [CmdletBinding()] param()
    $module = Get-Module VmBridge
    $clock = [System.Diagnostics.Stopwatch]::new()
    foreach ($i in 1..${callsARound}) { $clock.Restart(); ${statement}; $clock.Elapsed.TotalMilliseconds } }`;
  const { output, errors } = await shell.run(script, { runspace: 'main' });
  if (errors[0] !== undefined) throw new Error(`${statement}: ${errors[0].message}`);
  return output;
}

async function clientTimes(client: MessageConnection, { method, params }: Pair): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < callsARound; call++) {
    times.push(await milliseconds(() => client.sendRequest(method, params)));
  }
  return times;
}
