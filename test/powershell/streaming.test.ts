import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHome } from '../support/mcp-home.ts';
import { noProviders } from '../support/no-providers.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

const { program, reason } = findPowerShell();
const count = 20_000;
const machines = Array.from({ length: count }, (_, index) => ({ name: `m${String(index).padStart(6, '0')}` }));
const home = createTestHome({ providers: { ...noProviders, memory: { enabled: true, machines } } });
let host: PowerShellHost;

beforeAll(async () => {
  if (program !== undefined) host = await openPowerShell(home.environment);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

describe.skipIf(program === undefined)(`${count} machines (${reason ?? 'in a real PowerShell'})`, () => {
  it('stream through a pipeline, page by page, and none is kept', { timeout: 60_000 }, async () => {
    const { output, errors, debug } = await host.run(`Import-Module '${moduleManifest}'
      $seen = 0; $most = 0; $last = ''
      [System.GC]::Collect(); $before = [System.GC]::GetTotalMemory($true)
      Get-VmbVM -Debug | ForEach-Object {
        $seen++; $last = $_.name
        if ($seen % 4000 -eq 0) { $most = [Math]::Max($most, [System.GC]::GetTotalMemory($true) - $before) }
      }
      $seen; $last; $most -lt 40MB; @(Get-VmbVM m01999?).Count`);
    expect(errors).toEqual([]);
    expect(output).toEqual([count, 'm019999', true, 10]);
    expect(debug.filter(line => line.includes('vm.list')).length).toBeLessThan(80);
  });

  it('are not all asked for when the consumer has enough', { timeout: 60_000 }, async () => {
    const { output, debug } = await host.run(`Import-Module '${moduleManifest}'
      Get-VmbVM -Debug | Select-Object -First 3 | ForEach-Object name; (Get-VmbVM -Skip 15000 -First 2).name`);
    expect(output).toEqual(['m000000', 'm000001', 'm000002', 'm015000', 'm015001']);
    expect(debug.filter(line => line.includes('vm.list')).length).toBeLessThan(4);
  });
});
