import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

const { program, reason } = findPowerShell();
const folder = path.resolve(import.meta.dirname, '../../ps-module');
const withSettings = `-Settings '${folder}/PSScriptAnalyzerSettings.psd1'`;
let host: PowerShellHost;

beforeAll(async () => {
  if (program !== undefined) host = await openPowerShell(process.env);
});
afterAll(() => host?.[Symbol.asyncDispose]());

describe.skipIf(program === undefined)(`PSScriptAnalyzer (${reason ?? 'where it is installed'})`, () => {
  it("finds nothing by its default rules, but for the exceptions in the module's settings", async context => {
    const found = await host.run('@(Get-Module -ListAvailable PSScriptAnalyzer).Count');
    if (found.output[0] === 0) context.skip('not installed: the PowerShell module PSScriptAnalyzer');
    // A script with a fault shows that the rules are there, and that the settings leave them on.
    expect(await analyze("-ScriptDefinition 'function Set-A { gci }'")).toEqual([
      expect.stringContaining('PSAvoidUsingCmdletAliases'),
      expect.stringContaining('PSUseShouldProcessForStateChangingFunctions'),
    ]);
    expect(await analyze(`-Path '${folder}' -Recurse`)).toEqual([]);
  });

  it('finds without the settings what they except by name, and nothing else', async context => {
    const found = await host.run('@(Get-Module -ListAvailable PSScriptAnalyzer).Count');
    if (found.output[0] === 0) context.skip('not installed: the PowerShell module PSScriptAnalyzer');
    const bare = await analyze(`-Path '${folder}' -Recurse`, '');
    expect(bare.filter(line => !line.includes(' PSAvoidUsingPositionalParameters '))).toEqual([]);
  });
});

/** What is found, each as `file:line rule message`; the rules run side by side, in no order. */
async function analyze(what: string, settings = withSettings): Promise<string[]> {
  const { output, errors } = await host.run(`Import-Module PSScriptAnalyzer
    Invoke-ScriptAnalyzer ${what} ${settings} |
      ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName) $($_.Message)" }`);
  expect(errors).toEqual([]);
  return (output as string[]).sort();
}
