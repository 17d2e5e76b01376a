import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as images from '../support/images/index.ts';
import { filesBelow, processesNaming } from '../support/leftovers.ts';
import { createTestHome } from '../support/mcp-home.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

const missing = findPowerShell().reason ?? missingImageTools();
const home = createTestHome({});
const importModule = `Import-Module '${moduleManifest}'\n`;
let host: PowerShellHost;

beforeAll(async () => {
  if (missing === undefined) host = await openPowerShell(home.environment);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

describe.skipIf(missing !== undefined)(`Test-VmbImage (${missing ?? 'boots a real disk'})`, () => {
  it('ends in a login, with progress', { timeout: 180_000 }, async () => {
    const image = await images.mbrBiosGrub();
    const { output, progress, errors } = await host.run(`${importModule}Set-Location '${path.dirname(image)}'
      Get-Item './${path.basename(image)}' | Test-VmbImage`);
    expect(errors).toEqual([]);
    expect(output).toMatchObject([
      {
        $type: 'VmBridge.Proof',
        passed: true,
        verdict: { state: 'login' },
        unchanged: true,
        startedAt: { kind: 'Local' },
      },
    ]);
    expect(progress.filter(({ type }) => type === 'Processing').length).toBeGreaterThan(4);
    expect(progress.some(({ percent }) => percent > 0)).toBe(true);
  });

  it('is cancelled by Ctrl+C, and nothing is left', { timeout: 180_000 }, async () => {
    const image = await images.mbrBiosGrub({ workSeconds: 60 });
    const { state, output } = await host.run(`${importModule}Test-VmbImage '${image}'`, {
      stopAfterProgress: 8,
      runspace: 'kept',
    });
    expect(state).toBe('Stopped');
    expect(output).toEqual([]);
    expect(processesNaming(`${home.folder}/run`)).toEqual([]);
    expect(filesBelow(path.join(home.folder, 'run'))).toEqual([]);
    const next = await host.run(`${importModule}(Get-VmbOperation)[0].state`, { runspace: 'kept' });
    expect(next.output).toEqual(['cancelled']);
    await host.close('kept');
    for (let tries = 0; tries < 50 && processesNaming('rpc --attended').length > 0; tries++) await delay(100);
  });

  it('plans the whole command of QEMU, and starts nothing', { timeout: 60_000 }, async () => {
    const image = await images.mbrBiosGrub();
    const { output, errors } = await host.run(`${importModule}
      & (Get-Module VmBridge) { Import-VmbShape; (Invoke-VmbRequest $null (Find-VmbSession $null) 'rpc.plan' @{ method = 'image.prove'; params = @{ image = '${image}' } } '' $true) | Out-Null }
      New-VmbVM -Name planned -Image '${image}' -WhatIf; Get-VmbVM planned*; Test-VmbImage '${image}' -WhatIf`);
    expect(errors).toEqual([]);
    expect(output).toEqual([]);
    expect(processesNaming(`${home.folder}/run`)).toEqual([]);
  });
});
