import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHome } from '../support/mcp-home.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

interface Script {
  readonly name: string;
  readonly text: string;
}

const { program, reason } = findPowerShell();
const home = createTestHome();
const module = path.dirname(moduleManifest);
const checker = path.resolve(import.meta.dirname, '../support/powershell/newer-than-5-1.ps1');
let host: PowerShellHost;
/** What is told of the table of what is newer. */
let found: string[];

/** Cmdlets of the engine itself, so that the module runs in any host, with the parameters that they had in 5.1. */
const commands = {
  'ForEach-Object': ['Process', 'Begin', 'End', 'MemberName', 'InputObject'],
  'Where-Object': ['FilterScript', 'Property', 'Value', 'EQ', 'NE', 'Like', 'Match', 'InputObject'],
  'Get-Command': ['Name', 'CommandType', 'Module', 'ErrorAction'],
  'Register-ArgumentCompleter': ['CommandName', 'ParameterName', 'ScriptBlock'],
  'Set-StrictMode': ['Version', 'Off'],
  'Export-ModuleMember': ['Function', 'Alias', 'Variable', 'Cmdlet'],
};

beforeAll(async () => {
  if (program === undefined) return;
  host = await openPowerShell(home.environment);
  found = await findNewer(newer.map(([text], index) => ({ name: `#${index}`, text })));
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

/** What 5.1 would not take, each as `file:line: what`. */
async function findNewer(scripts: readonly Script[]): Promise<string[]> {
  const file = path.join(home.folder, 'scripts.json');
  writeFileSync(file, JSON.stringify({ scripts, commands }));
  const { output, errors } = await host.run(`
    $asked = [System.IO.File]::ReadAllText('${file}') | ConvertFrom-Json -AsHashtable
    & '${checker}' $asked.scripts $asked.commands`);
  expect(errors).toEqual([]);
  return JSON.parse(String(output[0])) as string[];
}

function readScripts(): Script[] {
  return readdirSync(module, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.ps[m]?1$|\.psd1$/.test(name))
    .map(name => ({ name: name.replaceAll('\\', '/'), text: readFileSync(path.join(module, name), 'utf8') }));
}

/** The scripts in the views and types of the module: those run there as well. */
function readCells(): Script[] {
  return ['VmBridge.format.ps1xml', 'VmBridge.types.ps1xml'].flatMap(name => {
    const text = readFileSync(path.join(module, name), 'utf8');
    const scripts = [...text.matchAll(/<(Script|ScriptBlock)>(.*?)<\/\1>/gs)].map(([, , script = '']) => script);
    return [...new Set(scripts)].map(script => ({
      name: `${name} (${script.slice(0, 60)})`,
      text: unescapeXml(script),
    }));
  });
}

function unescapeXml(text: string): string {
  const letters: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(\w+);/g, (all, name: string) => letters[name] ?? all);
}

/** What the check must find, and the word by which it tells. */
const newer: readonly (readonly [script: string, told: string])[] = [
  ['$a ? 1 : 2', 'ternary'],
  ['$a ?? 1', '??'],
  ['$a ??= 1', '??='],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of PowerShell in braces.
  ['${a}?.Length', '?.'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of PowerShell in braces.
  ['${a}?[0]', '?[]'],
  ['f && g; function f {}; function g {}', 'chain'],
  ['f || g; function f {}; function g {}', 'chain'],
  ['f & function f {}', 'background'],
  ['function f { process { 1 } clean { 2 } }', 'clean'],
  ['1..3 | ForEach-Object -Parallel { $_ }', 'ForEach-Object -Parallel'],
  ['1..3 | ForEach-Object -ThrottleLimit 2 { $_ }', 'ForEach-Object -ThrottleLimit'],
  ["'{}' | ConvertFrom-Json -AsHashtable", 'the command ConvertFrom-Json'],
  ['Write-Output 1', 'the command Write-Output'],
  ['1 | % { $_ }', 'the command %'],
  ['1 | Sort-Object', 'the command Sort-Object'],
  ['hostname', 'the command hostname'],
  ['1u', 'the number 1u'],
  ['1n', 'the number 1n'],
  ['1uy', 'the number 1uy'],
  ['2s', 'the number 2s'],
  ['0b101', 'the number 0b101'],
  ['"`e[31m"', 'an escape'],
  ['"`u{2713}"', 'an escape'],
  ['"a $("`e")"', 'an escape'],
  ['if ($IsWindows) { 1 }', '$IsWindows'],
  ['$PSStyle.Reset', '$PSStyle'],
  ["param([ValidatePattern('a', ErrorMessage = 'b')] $x)", 'ErrorMessage'],
  ["param([ArgumentCompletions('a')] $x)", 'ArgumentCompletions'],
  ['param([ValidateNotNullOrWhiteSpace()] $x)', 'ValidateNotNullOrWhiteSpace'],
  ["param([ValidateRange('Positive')] $x)", 'a range by name'],
  ['param([ulong] $x)', 'the type ulong'],
  ['[semver] 1', 'the type semver'],
  ['[System.Collections.Generic.List[uint]]::new()', 'the type uint'],
  ["[System.Text.Json.JsonDocument]::Parse('')", 'System.Text.Json'],
  ["$start.ArgumentList.Add('a')", 'ArgumentList'],
  ["'a'.Contains('A', 'OrdinalIgnoreCase')", 'Contains with 2'],
  ["'a'.Replace('a', 'b', 'Ordinal')", 'Replace with 3'],
  ['$process.Kill($true)', 'Kill with 1'],
  ['[System.Text.Encoding]::Latin1', 'Latin1'],
  ["[System.IO.Path]::GetRelativePath('a', 'b')", 'GetRelativePath'],
  ['[System.Environment]::ProcessPath', 'ProcessPath'],
  ['[double]::IsFinite(1.0)', 'IsFinite'],
  ['if ($a) { $start.ArgumentList }', 'ArgumentList'],
  ["[System.IO.Path]::Join('a', 'b')", 'Join of Path'],
  ["[System.IO.Path]::GetFullPath('a', 'b')", 'GetFullPath with 2'],
  ["[System.IO.File]::Move('a', 'b', $true)", 'Move with 3'],
  ['[array]::Fill($a, 1)', 'Fill'],
  ['$task.IsCompletedSuccessfully', 'IsCompletedSuccessfully'],
  ['[System.IO.FileStreamOptions]::new()', 'System.IO.FileStreamOptions'],
  ['1..3\n  | ForEach-Object { $_ }', 'a pipe at the beginning'],
  ['1..3 # three\n  # and no more\n  | ForEach-Object { $_ }', 'a pipe at the beginning'],
  ['#requires -Version 7.2\n1', 'for PowerShell 7.2'],
  ["'\u2013'", 'not in ASCII'],
  ['if (', 'Missing'],
  ["'unfinished", 'missing'],
];

const fine = [
  "if ($start.psobject.Properties['ArgumentList']) { $start.ArgumentList.Add('a') }",
  "if ($PSVersionTable.PSEdition -eq 'Core') { $process.Kill($true); [System.Environment]::ProcessId }",
  '1.5e3, 0x1F, 0xFFl, 10MB, 1.5kb, 2d, 3L, -4, .5',
  '"`` `n `t `" $(1 + 1)"; \'`e\'; "``e"',
  "\ufeff'\u2013'",
  "[regex]::Replace('a', 'b', 'c'); 'a'.Replace('a', 'b'); 'a'.Contains('a')",
  'function Get-Own { [CmdletBinding(SupportsShouldProcess)] param([ValidateRange(1, 2)] [int] $A) $A }; Get-Own 1 | Where-Object { $_ }',
  'class A { [int] $B; [int] Sum([int] $c) { return $this.B + $c } }; [A]::new()',
  '. $PSScriptRoot/Private/Call.ps1; & { 1 }; & $block',
  '1..3 |\n  ForEach-Object { $_ }\n',
  "#requires -Version 5.1\n[string]::Join(',', $a); [System.IO.Path]::GetFullPath('a'); [System.IO.File]::Move('a', 'b')",
];

describe.skipIf(program === undefined)(`Windows PowerShell 5.1 (${reason ?? 'by the parser of the engine'})`, () => {
  it('takes every script of the module', async () => {
    const scripts = readScripts();
    expect(scripts.length).toBeGreaterThan(50);
    expect(await findNewer(scripts)).toEqual([]);
  });

  it('takes every script of its views and types', async () => {
    const cells = readCells();
    expect(cells.length).toBeGreaterThan(20);
    expect(await findNewer(cells)).toEqual([]);
  });

  it.each(newer.map(([text, told], index) => [text, told, index] as const))(
    'would not take %j: %s',
    (_, told, index) => {
      const lines = found.filter(line => line.startsWith(`#${index}:`));
      expect(lines.join('\n')).toContain(told);
    },
  );

  it('takes what looks like it', async () => {
    expect(await findNewer(fine.map((text, index) => ({ name: `#${index}`, text })))).toEqual([]);
  });
});
