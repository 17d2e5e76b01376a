import { milliseconds } from '../support/milliseconds.ts';
import { describeSpread } from '../support/spread.ts';
import { PretendHost, type PretendMachine } from './pretend-host.ts';

const machines = 100_000;
const rounds = 3;
/** As many as the module asks for at a time. */
const page = 1000;

/** A long list through the pipeline: when the first machine is there, when the last, and the memory that it took. */
export async function measureManyMachines(): Promise<void> {
  const host = await PretendHost.open('List of many machines', listMachines());
  if (host === undefined) return;
  await using _host = host;
  const runs: number[][] = [];
  const byClient: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures = await host.runFresh(script(host.manifest));
    if (figures[0] !== machines) throw new Error(`Get-VmbVM gave ${figures[0]} machines.`);
    runs.push(figures.slice(1));
    byClient.push(await milliseconds(() => listByClient(host)));
  }
  const [first, all, shell, shellBefore, server] = [0, 1, 2, 3, 4].map(index =>
    runs.map(run => run[index] ?? Number.NaN),
  );
  console.log(`\nGet-VmbVM with ${machines} machines (minimum/median/maximum of ${rounds})`);
  console.log(`  first machine, with the start of the server, seconds: ${seconds(first)}`);
  console.log(`  all, seconds: ${seconds(all)}`);
  console.log(`    the same pages by a client in Node, seconds: ${seconds(byClient)}`);
  console.log(`  peak working set of PowerShell, megabytes: ${megabytes(shell)}`);
  console.log(`    before the call: ${megabytes(shellBefore)}`);
  console.log(`  peak working set of the server, megabytes: ${megabytes(server)}`);
}

function listMachines(): PretendMachine[] {
  const name = (index: number) => `m${String(index).padStart(6, '0')}`;
  return Array.from({ length: machines }, (_, index) =>
    index % 2 === 0 ? { name: name(index) } : { name: name(index), state: 'running' },
  );
}

async function listByClient(host: PretendHost): Promise<void> {
  const client = host.openClient();
  for (let offset = 0; offset < machines; offset += page) {
    await client.sendRequest('vm.list', { limit: page, offset });
  }
  client.dispose();
}

/** The machines pass and are not kept, as in a pipeline that looks for some of them. */
function script(manifest: string): string {
  return `Import-Module '${manifest}'
    $own = [System.Diagnostics.Process]::GetCurrentProcess()
    $before = $own.PeakWorkingSet64
    $seen = @{ Count = 0; First = 0 }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    Get-VmbVM | & { process { if ($seen.Count++ -eq 0) { $seen.First = $clock.Elapsed.TotalMilliseconds } } }
    $all = $clock.Elapsed.TotalMilliseconds
    $server = & (Get-Module VmBridge) { @($script:VmbSessions.Values)[0].Connection.Process }
    $own.Refresh(); $server.Refresh()
    $seen.Count; $seen.First; $all; $own.PeakWorkingSet64; $before; $server.PeakWorkingSet64`;
}

function seconds(values: readonly number[] = []): string {
  return describeSpread(
    values.map(value => value / 1000),
    2,
  );
}

function megabytes(values: readonly number[] = []): string {
  return describeSpread(
    values.map(value => value / 2 ** 20),
    0,
  );
}
