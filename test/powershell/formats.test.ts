import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../src/catalog/tools.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { toCell } from '../../src/tools/derive/powershell/cell.ts';
import { listOutputTypes } from '../../src/tools/derive/powershell/output-type.ts';
import { createTestHome } from '../support/mcp-home.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';
import { sampleObject } from '../support/powershell/sample-object.ts';

interface Shown {
  readonly table: string;
  readonly list: string;
  readonly plain: string;
  readonly errors: readonly string[];
}

const { program, reason } = findPowerShell();
const declared = Object.values(tools).map(tool => tool as Tool);
const types = listOutputTypes(declared);
const examples = declared.flatMap(tool => tool.examples.map(({ title, output }) => ({ tool, title, output })));
const home = createTestHome();
let host: PowerShellHost;
/** What a name of somebody else's machine may hold: colours for a terminal, and the turning of what follows. */
const nasty = 'a\u001b[31mb\u202ec\u009bd';
/** The whole samples of all types, then those with only what is required, then those with nasty texts, then the outputs of the examples. */
let shown: Shown[];

beforeAll(async () => {
  if (program === undefined) return;
  host = await openPowerShell(home.environment);
  const samples = [true, false].flatMap(whole =>
    types.map(({ title, fields }) => ({ shape: title, json: JSON.stringify(sampleObject(fields, whole)) })),
  );
  const text = (_: string, value: unknown) => (value === 'sample' ? nasty : value);
  const nasties = types.map(({ title, fields }) => ({
    shape: title,
    json: JSON.stringify(sampleObject(fields, true), text),
  }));
  const outputs = examples.map(({ tool, output }) => ({ tool: tool.id, json: JSON.stringify(output) }));
  shown = await show([...samples, ...nasties, ...outputs]);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

/** Has the module make objects of them, and the engine show those, as tables, as lists, and by default. */
async function show(samples: readonly object[]): Promise<Shown[]> {
  const file = path.join(home.folder, 'samples.json');
  writeFileSync(file, JSON.stringify(samples));
  const { output, errors } = await host.run(`
    Set-StrictMode -Version Latest
    Import-Module '${moduleManifest}'
    $asked = [System.IO.File]::ReadAllText('${file}') | ConvertFrom-Json -AsHashtable
    $objects = & (Get-Module VmBridge) {
      param($asked)
      Import-VmbShape
      foreach ($one in $asked) {
        $value = ConvertFrom-VmbJson $one['json']
        if (-not $one.ContainsKey('tool')) {
          # The engine's own name of a type without a shape, where nothing has to be known of its fields.
          $shape = if ($script:VmbShapes.ContainsKey($one['shape'])) { $script:VmbShapes[$one['shape']] } else { @{ Type = "VmBridge.$($one['shape'])" } }
          , @(ConvertTo-VmbObject $value $shape)
          continue
        }
        $spec = $script:VmbTools[$one['tool']]
        $shape = if ($spec.ContainsKey('Shape')) { $script:VmbShapes[$spec['Shape']] }
        if ($spec.ContainsKey('Main')) { $value = (ConvertTo-VmbPair $value)[$spec['Main']] }
        , @(ConvertTo-VmbObject $value $shape)
      }
    } $asked
    $shown = foreach ($one in $objects) {
      $Error.Clear()
      $texts = @{}
      # As wide as a console window is: no column may be lost there.
      $texts.table = $one | Format-Table -DisplayError | Out-String -Width 120
      $texts.list = $one | Format-List -DisplayError | Out-String -Width 200
      $texts.plain = $one | Out-String -Width 200
      $texts.errors = @($Error | ForEach-Object { "$_" })
      $texts
    }
    ConvertTo-Json -Compress -InputObject @($shown)`);
  expect(errors).toEqual([]);
  return JSON.parse(String(output[0])) as Shown[];
}

/** The letters of a list, `label : value` for each line that has one. */
const labelsOf = ({ list }: Shown) => list.split(/\r?\n/).flatMap(line => /^(\w+) *:/.exec(line)?.[1] ?? []);

const table = types.map((type, index) => [type.title, type, index] as const);

describe.skipIf(program === undefined)(`what is shown (${reason ?? 'in a real PowerShell'})`, () => {
  it('comes from views that the engine takes, one of each kind for a type', async () => {
    const { output, errors } = await host.run(`Import-Module '${moduleManifest}'
      foreach ($data in Get-FormatData -TypeName VmBridge.*) {
        foreach ($view in $data.FormatViewDefinition) { "$($data.TypeNames[0]) $($view.Control.GetType().Name)" }
      }
      Update-FormatData`);
    expect(errors).toEqual([]);
    const wanted = types.flatMap(({ title, columns }) => [
      ...(columns.length > 0 ? [`VmBridge.${title} TableControl`] : []),
      `VmBridge.${title} ListControl`,
    ]);
    expect(output.toSorted()).toEqual(wanted.toSorted());
  });

  it.each(table)('%s has all it holds in a list, and no more', (_title, { fields }, index) => {
    for (const whole of [true, false]) {
      const labels = fields.filter(({ required }) => whole || required).map(field => toCell(field).label);
      const sample = shown[index + (whole ? 0 : types.length)];
      expect(sample && labelsOf(sample)).toEqual(labels);
    }
  });

  it.each(table)(
    '%s is shown without an error, by its columns where it has them',
    (_title, { columns, fields }, index) => {
      for (const sample of [shown[index], shown[index + types.length]]) {
        expect(sample?.errors).toEqual([]);
        const labels = columns.map(name => toCell(fields.find(field => field.name === name) ?? never(name)).label);
        const [header = ''] = (sample?.table ?? '').split(/\r?\n/).filter(line => line.trim() !== '');
        if (columns.length > 0) expect(header.trim().split(/\s+/)).toEqual(labels);
        expect(sample?.plain.trim()).not.toBe('');
      }
    },
  );

  it.each(table)('%s has its sizes scaled', (_title, { columns, fields }, index) => {
    const sizes = fields.filter(({ schema }) => schema.unit === 'bytes');
    const { list = '', table = '' } = shown[index] ?? {};
    for (const field of sizes) expect(list).toMatch(new RegExp(`^${toCell(field).label} *: 5 GB\\s*$`, 'm'));
    if (sizes.some(({ name }) => columns.includes(name))) expect(table).toContain('5 GB');
    for (const text of columns.length > 0 ? [list, table] : [list])
      expect(text.replace(/\{.*\}/g, '')).not.toContain(String(5 * 2 ** 30));
  });

  it.each(table)('%s steers no terminal, and shows no hashtable', (_title, { columns }, index) => {
    const { table = '', list = '', errors } = shown[2 * types.length + index] ?? {};
    expect(errors).toEqual([]);
    const text = columns.length > 0 ? `${table}${list}` : list;
    expect(text).not.toMatch(/[\u001b\u009b\u202e]|@\{|System\.Object/);
  });

  it('shows whole what would steer one', () => {
    const host = types.findIndex(({ title }) => title === 'Host');
    expect(shown[2 * types.length + host]?.table).toContain(String.raw`a\u001b[31mb\u202ec\u009bd`);
  });

  it.each(table.filter(([, { columns }]) => columns.length > 0))('%s has a table of at most 120 columns', (_, type) => {
    const cells = type.columns.map(name => toCell(type.fields.find(field => field.name === name) ?? never(name)));
    // The last one takes what is left, and has at least room for what stands above it.
    const widths = cells.map(({ width, label }, at) => (at === cells.length - 1 ? label.length : width));
    expect(widths.reduce((sum, width) => sum + 1 + width, -1)).toBeLessThanOrEqual(120);
  });

  it('covers sizes and fractions at all', () => {
    const units = types.flatMap(({ fields }) => fields.map(({ schema }) => schema.unit));
    expect(units).toEqual(expect.arrayContaining(['bytes', 'fraction']));
  });

  it.each(examples.map((example, index) => [example.tool.id, example.title, index] as const))(
    '%s: %s is shown without an error',
    (_id, _title, index) => {
      const sample = shown[3 * types.length + index];
      expect(sample?.errors).toEqual([]);
      expect(`${sample?.plain}${sample?.list}`).not.toMatch(/#ERR|@\{|System\.|VmBridge\./);
    },
  );
});

function never(name: string): never {
  throw new Error(`There is no field ${name}.`);
}
