import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../src/catalog/tools.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { type JsonSchema, toHintedSchema } from '../../src/tools/derive/json-schema.ts';
import { createTestHome } from '../support/mcp-home.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { moduleManifest, openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

type Json = Readonly<Record<string, unknown>>;
interface Answer {
  readonly objects: readonly Json[];
  /** Each object where text is wanted. */
  readonly texts: readonly string[];
  /** The same of the objects in them, as `type = text`. */
  readonly inner: readonly string[];
  /** The same by the names that other modules have for it. */
  readonly other: readonly { readonly VMName?: string; readonly FullName?: string }[];
  readonly warnings: readonly string[];
}

const { program, reason } = findPowerShell();
const examples = Object.values(tools)
  .map(tool => tool as Tool)
  .flatMap(tool => tool.examples.map(({ title, input, output }) => ({ tool, title, input, output: output as Json })));
const home = createTestHome();
let host: PowerShellHost | undefined;
let answers: readonly Answer[];

beforeAll(async () => {
  if (program === undefined) return;
  host = await openPowerShell(home.environment);
  const file = path.join(home.folder, 'examples.json');
  const asked = examples.map(({ tool, input, output }) => ({ tool: tool.id, input, json: JSON.stringify(output) }));
  writeFileSync(file, JSON.stringify(asked));
  const { output, errors } = await host.run(putOut(file));
  expect(errors).toEqual([]);
  answers = output;
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

/** Has the module put out each output as a cmdlet of its tool would, had the server answered with it. */
const putOut = (file: string) => `
  Set-StrictMode -Version Latest
  Import-Module '${moduleManifest}'
  $asked = [System.IO.File]::ReadAllText('${file}') | ConvertFrom-Json -AsHashtable
  & (Get-Module VmBridge) {
    param($asked)
    function Write-Sample {
      [CmdletBinding()] param($One)
      $call = @{ Cmdlet = $PSCmdlet; Tool = $One['tool']; Spec = $script:VmbTools[$One['tool']]; Params = $One['input'] }
      Write-VmbResult $call (ConvertFrom-VmbJson $One['json'])
    }
    function Get-Inner($Value) {
      if ($Value -is [array]) { foreach ($item in $Value) { Get-Inner $item }; return }
      if ($Value -isnot [System.Management.Automation.PSCustomObject]) { return }
      $type = $Value.psobject.TypeNames[0]
      if ($type -like 'VmBridge.*') { try { "$type = $Value" } catch { "$type = " } }
      foreach ($property in $Value.psobject.Properties) { Get-Inner $property.Value }
    }
    Import-VmbShape
    foreach ($one in $asked) {
      $warned = @()
      $objects = @(Write-Sample $one -WarningAction SilentlyContinue -WarningVariable warned)
      [pscustomobject]@{
        objects = $objects
        texts = @($objects | ForEach-Object { "$_" })
        inner = @($objects | ForEach-Object { foreach ($property in $_.psobject.Properties) { Get-Inner $property.Value } })
        other = @($objects | Select-Object VMName, FullName -ErrorAction SilentlyContinue)
        warnings = @($warned | ForEach-Object { "$_" })
      }
    }
  } $asked`;

/** What the test expects to come of a value: names of types from titles, times from formats. */
function typed(schema: JsonSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(item => typed((schema.items ?? {}) as JsonSchema, item));
  if (typeof value === 'string' && schema.format === 'date-time')
    return { $datetime: new Date(value).toISOString().replace('Z', '0000Z'), kind: 'Local' };
  if (typeof value !== 'object' || value === null) return value;
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const fields = Object.entries(value).map(([name, item]) => [name, typed(properties[name] ?? {}, item)]);
  return {
    ...Object.fromEntries(fields),
    ...(schema.title === undefined ? {} : { $type: `VmBridge.${schema.title}` }),
  };
}

/** The objects that a cmdlet puts out: the main field, with the rest beside it, or all. */
function objectsOf(tool: Tool, output: Json): unknown[] {
  const schema = toHintedSchema(tool.output, 'output');
  const all = typed(schema, output) as Record<string, unknown>;
  const { warnings: _, ...rest } = all;
  const fields = Object.keys(tool.output.shape).filter(name => name !== 'warnings');
  if (fields.every(name => name === 'deleted')) return [];
  const title = tool.id.replace(/(^|\.)(.)/g, (_all, _dot, letter: string) => letter.toUpperCase());
  if (tool.main === undefined) return [{ $type: `VmBridge.${title}`, ...rest }];
  const { [tool.main]: main, ...remarks } = rest;
  if (!Array.isArray(main)) return [{ ...remarks, ...(main as object) }];
  return [...main, ...((remarks.volumes as unknown[] | undefined) ?? [])];
}

const table = examples.map((example, index) => [example.tool.id, example.title, index] as const);

describe.skipIf(program === undefined)(`objects of the examples (${reason ?? 'in a real PowerShell'})`, () => {
  it.each(table)('of %s (%s) have named types, and times where there are times', (_id, _title, index) => {
    const { tool, output, input } = examples[index]!;
    const { objects, warnings } = answers[index]!;
    const expected = objectsOf(tool, output);
    expect(objects).toMatchObject(expected);
    for (const object of objects) expect(object.$type).toMatch(/^VmBridge\.[A-Z]\w+$/);
    for (const warning of (output.warnings as string[] | undefined) ?? []) expect(warnings).toContain(warning);
    // Nothing comes beside it, but what was asked about, so that objects can be piped on.
    objects.forEach((object, at) => {
      const added = Object.keys(object).filter(name => !(name in (expected[at] as object)));
      expect(added.map(name => object[name])).toEqual(added.map(name => (input as Json)[name]));
    });
  });

  it.each(table)('of %s (%s) are in a string what they are called by', (_id, _title, index) => {
    const { objects, texts } = answers[index]!;
    objects.forEach((object, at) => {
      const called = object.id ?? object.path;
      if (called === undefined) expect(texts[at]).not.toBe('');
      else expect(texts[at]).toBe(called);
    });
  });

  it.each(table)('of %s (%s) hold objects that read as something in a view', (_id, _title, index) => {
    expect(answers[index]!.inner.filter(text => /= $|= @\{/.test(text))).toEqual([]);
  });

  it('have the names that other modules have for the same', () => {
    const pairs = answers.flatMap(({ objects, other }) => objects.map((object, at) => [object, other[at]] as const));
    const machines = pairs.filter(([{ $type }]) => $type === 'VmBridge.Machine');
    const files = pairs.filter(([{ $type }]) => $type === 'VmBridge.Image');
    expect(machines.length * files.length).toBeGreaterThan(0);
    for (const [{ name }, other] of machines) expect(other?.VMName).toBe(name);
    for (const [{ path: file }, other] of files) expect(other?.FullName).toBe(file);
  });

  it('cover times, and types in types', () => {
    const text = JSON.stringify(answers.flatMap(({ objects }) => objects));
    expect(text).toContain('$datetime');
    expect(
      answers.flatMap(({ objects }) => objects.filter(each => JSON.stringify(each).split('$type').length > 2)),
    ).not.toEqual([]);
  });
});
