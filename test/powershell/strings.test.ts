import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHome } from '../support/mcp-home.ts';
import { noProviders } from '../support/no-providers.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

const { program, reason } = findPowerShell();
const home = createTestHome({
  providers: { ...noProviders, memory: { enabled: true, speed: 10_000, machines: [{ name: 'web' }] } },
});
const folder = mkdtempSync(path.join(tmpdir(), 'vmb-strings-'));
const server = path.resolve(import.meta.dirname, '../support/powershell/echo-server.mjs');
const importModule = `Import-Module '${moduleManifest}'\n`;
let host: PowerShellHost;

beforeAll(async () => {
  if (program !== undefined) host = await openPowerShell(home.environment);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What shells, terminals and encoders are known to stumble over, among any UTF-16 at all. */
const hostile = fc.constantFrom(
  ...[
    '"',
    "'",
    '\u2018',
    '\u201d',
    '`',
    '$(Get-Date)',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: PowerShell's own.
    '${env:PATH}',
    '%PATH%',
    '\\',
    '\\\\',
    '\r\n',
    '\n',
    '\t',
    '\0',
    '\u2028',
  ],
  ...[
    '\u{1f600}',
    '\ud83d',
    '\ude00',
    '\ufeff',
    '\u0085',
    '\u001b[31m',
    '@{a=1}',
    '#>',
    '2026-03-01T12:00:00.000Z',
    '/Date(0)/',
    'é',
    'e\u0301',
    '\u202e',
  ],
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.oneof(hostile, fc.string()), { maxLength: 8 }).map(parts => parts.join('')),
);
/** As PowerShell's own reader brings them in. */
const wellFormed = text.filter(value => value.isWellFormed());
const leaf = fc.oneof(
  wellFormed,
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const { value: anything } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.oneof(wellFormed, fc.constantFrom('', 'a', 'A', 'Keys', 'Count', 'PSObject', 'psbase', 'PSTypeNames')),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
}));

/** As JSON brings it back: -0 is 0, and no object has a prototype. */
const settle = (value: unknown) => JSON.parse(JSON.stringify(value));

/** A string as PowerShell makes it of numbers: its own reader loses halves of surrogate pairs. */
const units = (value: string) => ({ $units: Array.from({ length: value.length }, (_, at) => value.charCodeAt(at)) });

/** Sends each value to a server that writes it down and sends it back, and gives both. */
async function roundTrip(values: unknown[]): Promise<{ sent: unknown[]; back: unknown[] }> {
  const input = path.join(folder, 'values.json');
  const sent = path.join(folder, 'sent.jsonl');
  const back = path.join(folder, 'back.jsonl');
  rmSync(sent, { force: true });
  writeFileSync(input, JSON.stringify(values.map(value => (typeof value === 'string' ? units(value) : value))));
  const { errors } = await host.run(`${importModule}
    $values = [System.IO.File]::ReadAllText('${input}') | ConvertFrom-Json -AsHashtable -NoEnumerate -DateKind String -Depth 100
    $null = Connect-VmBridge -ServerCommand '${process.execPath}', '${server}', '${sent}'
    & (Get-Module VmBridge) { param($values)
      $session = Find-VmbSession $null
      $lines = foreach ($item in $values) {
        $value = $item
        if ($item -is [System.Collections.IDictionary] -and $item.Contains('$units')) { $value = [string]::new([char[]][int[]]$item['$units']) }
        $answer = Invoke-VmbRequest $null $session 'echo' @{ value = $value } '' $false
        ConvertTo-VmbJson (ConvertTo-VmbObject $answer['value'] $null)
      }
      [System.IO.File]::WriteAllLines('${back}', [string[]]$lines)
    } $values
    Remove-Module VmBridge`);
  expect(errors).toEqual([]);
  const read = (file: string) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
  return { sent: read(sent), back: read(back) };
}

describe.skipIf(program === undefined)(`text and objects (${reason ?? 'through a real PowerShell'})`, () => {
  it('pass unchanged in both directions, 2,000 of them', { timeout: 120_000 }, async () => {
    const strings = fc.sample(text, { numRuns: 1000, seed: 7 });
    const objects = fc.sample(anything, { numRuns: 1000, seed: 8 });
    const { sent, back } = await roundTrip([...strings, ...objects]);
    expect(sent).toEqual(settle([...strings, ...objects]));
    expect(back).toEqual(settle([...strings, ...objects]));
  });

  it('pass as parameters of a cmdlet to a tool and back', { timeout: 60_000 }, async () => {
    const names = fc
      .sample(
        text.map(name => name.replaceAll(/\p{Cc}/gu, '').slice(0, 80)).filter(name => name.length > 0),
        { numRuns: 60, seed: 9 },
      )
      .concat(['$(Get-Date)', '`n"\'', '%PATH%', '\ud83d', 'a\u{1f600}\u2019b', "it's"]);
    const file = path.join(folder, 'names.json');
    writeFileSync(file, JSON.stringify(names.map(units)));
    const { output, errors } = await host.run(`${importModule}
      $names = [System.IO.File]::ReadAllText('${file}') | ConvertFrom-Json -NoEnumerate -DateKind String
      foreach ($item in $names) { $name = [string]::new([char[]][int[]]$item.'$units'); (New-VmbCheckpoint -VM web -Name $name).name; Remove-VmbCheckpoint web -Checkpoint c* -Force -ErrorAction Ignore }`);
    expect(errors).toEqual([]);
    expect(output).toEqual(names);
  });

  it('come back from a server that fills standard error before it answers', { timeout: 60_000 }, async () => {
    const { output, errors } = await host.run(`${importModule}
      $null = Connect-VmBridge -ServerCommand '${process.execPath}', '${server}', 'noise'
      & (Get-Module VmBridge) { $s = Find-VmbSession $null; 1..3 | ForEach-Object { (Invoke-VmbRequest $null $s 'echo' @{ value = $_ } '' $false)['value'] }; $s.Connection.Errors.Count -le 101 }
      Remove-Module VmBridge`);
    expect(errors).toEqual([]);
    expect(output).toEqual([1, 2, 3, true]);
  });
});
