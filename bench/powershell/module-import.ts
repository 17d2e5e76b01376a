import { median } from '../support/spread.ts';
import { printFigure } from '../verdicts/print-figure.ts';
import { PretendHost } from './pretend-host.ts';

const starts = 15;
const importAim = 400;
const answerAim = 1500;
/** A module in script of about the same age as PowerShell itself, and shipped with it. */
const peer = 'Microsoft.PowerShell.Archive';

/** Import and first answer, in a PowerShell that has just started, by its own clock. */
export async function measureModuleImport(): Promise<void> {
  const host = await PretendHost.open('Import of the module', [{ name: 'web', state: 'running' }]);
  if (host === undefined) return;
  await using _host = host;
  const imports: number[] = [];
  const answers: number[] = [];
  const peers: number[] = [];
  for (let start = -1; start < starts; start++) {
    const [loaded = Number.NaN, answered = Number.NaN] = await host.runFresh(
      timed(`Import-Module '${host.manifest}'`, '$null = Get-VmbVM -VM web'),
    );
    const [ofPeer = Number.NaN] = await host.runFresh(timed(`Import-Module ${peer} -ErrorAction Ignore`));
    if (start < 0) continue;
    imports.push(loaded);
    answers.push(answered);
    peers.push(ofPeer);
  }
  printFigure(`Import-Module in a fresh PowerShell, milliseconds, ${starts} starts`, imports, importAim);
  printPeer(imports, peers);
  printFigure(`First answer after the import, milliseconds, ${starts} starts`, answers, answerAim);
  if (median(imports) > importAim) await printHints(host);
}

function timed(...steps: readonly string[]): string {
  const each = steps.map(step => `$clock.Restart(); ${step}; $clock.Elapsed.TotalMilliseconds`);
  return `$clock = [System.Diagnostics.Stopwatch]::new(); ${each.join('; ')}`;
}

function printPeer(imports: readonly number[], peers: readonly number[]): void {
  const ratio = median(imports.map((time, start) => time / (peers[start] ?? Number.NaN)));
  console.log(`  ${peer}, in turns: ${median(peers).toFixed(1)}; median of paired ratios ${ratio.toFixed(2)}`);
}

/** Where to look: each part of the import alone. */
async function printHints(host: PretendHost): Promise<void> {
  const module = host.manifest.replace(/\.psd1$/, '');
  const parts = {
    'without manifest, types and formats': `Import-Module '${module}.psm1'`,
    'the formats': `Update-FormatData '${module}.format.ps1xml'`,
    'the types': `Update-TypeData '${module}.types.ps1xml'`,
  };
  for (const [name, step] of Object.entries(parts)) {
    // The cmdlets of the steps are loaded before.
    const [, time = Number.NaN] = await host.runFresh(timed('Import-Module Microsoft.PowerShell.Utility', step));
    console.log(`  ${name}: ${time.toFixed(1)}`);
  }
}
