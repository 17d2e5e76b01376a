import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tools } from '../../src/catalog/tools.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { handWritten } from '../../src/tools/derive/powershell/hand-written.ts';
import { shellWords } from '../../src/tools/derive/powershell/shell-words.ts';
import { createTestHome } from '../support/mcp-home.ts';
import {
  type DescribedCmdlet,
  type DescribedModule,
  type DescribedParameter,
  describeModule,
} from '../support/powershell/described-module.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';
import { openPowerShell, type PowerShellHost } from '../support/powershell/powershell-host.ts';

interface Schema {
  readonly type: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface CatalogTool {
  readonly id: string;
  readonly cmdlet: string;
  readonly summary: string;
  readonly long: boolean;
  readonly newFile?: string;
  readonly input: ObjectSchema;
  readonly result: ObjectSchema;
  readonly examples: readonly { readonly input: Readonly<Record<string, unknown>> }[];
}

const file = path.resolve(import.meta.dirname, '../../schemas/catalog.json');
const catalog = (JSON.parse(readFileSync(file, 'utf8')) as { tools: CatalogTool[] }).tools;
const declared = new Map(Object.values(tools).map(tool => [tool.id as string, tool as Tool]));
const words = shellWords([...declared.values()]);
const { program, reason } = findPowerShell();
const home = createTestHome();

/** Texts that JavaScript and .NET could judge differently, and some that fit. */
const probes = [
  ...['', 'a', 'a\n', 'a\0', '\n', ' ', 'A-1', 'con', 'con\n', 'com1', 'com\u0661', '\u0130', '\ud83d\ude00'],
  ...['op-abc123', 'op-abc123\n', 'op-\u0661\u0661\u0661\u0661\u0661\u0661', 'f'.repeat(128), `${'f'.repeat(127)}\n`],
];
let host: PowerShellHost | undefined;
let found: DescribedModule;

beforeAll(async () => {
  if (program === undefined) return;
  host = await openPowerShell(home.environment);
  found = await describeModule(host, probes);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  home.remove();
});

function cmdletOf(tool: CatalogTool): DescribedCmdlet {
  const command = found.commands.find(({ name }) => name === tool.cmdlet);
  if (command === undefined) throw new Error(`There is no cmdlet ${tool.cmdlet}.`);
  return command;
}

/** The parameter set of a tool that shares its cmdlet. */
function setOf({ id, cmdlet }: CatalogTool): string {
  const shared = catalog.filter(other => other.cmdlet === cmdlet).length > 1;
  return shared ? id.replace(/^.*\./, '').replace(/^./, letter => letter.toUpperCase()) : '__AllParameterSets';
}

const isPaged = ({ input }: CatalogTool) => ['limit', 'offset'].every(name => name in (input.properties ?? {}));

/** The fields that are asked for by parameters of their own. */
function fieldsOf(tool: CatalogTool): [string, Schema][] {
  const left = [...(tool.long ? ['wait'] : []), ...(isPaged(tool) ? ['limit', 'offset'] : [])];
  return Object.entries(tool.input.properties ?? {}).filter(([name]) => !left.includes(name));
}

function parameterOf(command: DescribedCmdlet, field: string): DescribedParameter {
  const same = (name: string) => name.toLowerCase() === field.toLowerCase();
  const { parameters } = command;
  const parameter = parameters.find(({ name }) => same(name)) ?? parameters.find(each => each.aliases.some(same));
  if (parameter === undefined) throw new Error(`${command.name} has no parameter for ${field}.`);
  return parameter;
}

function isAskedFor({ id }: CatalogTool, field: string): boolean {
  const found = declared.get(id)?.input.shape[field];
  const schema = found instanceof z.ZodOptional ? (found.unwrap() as z.ZodType) : found;
  return schema?.meta()?.prompt === true;
}

const largestInt = 2 ** 31 - 1;
const namespace = 'System.Management.Automation.';

function typeOf(schema: Schema): string {
  if (schema.items !== undefined) return `${typeOf(schema.items)}[]`;
  if (schema.type === 'integer') return (schema.maximum ?? Infinity) > largestInt ? 'System.Int64' : 'System.Int32';
  const names: Record<string, string> = { string: 'String', number: 'Double', object: 'Object' };
  if (schema.type === undefined) return 'System.Object';
  return schema.type === 'boolean' ? `${namespace}SwitchParameter` : `System.${names[schema.type]}`;
}

/** What the parameter has to refuse and to let pass; the engine adds the ends that a schema leaves open. */
function checksOf(schema: Schema): DescribedParameter['checks'] {
  const one = schema.items ?? schema;
  const numeric = one.type === 'integer' || one.type === 'number';
  const end = typeOf(one) === 'System.Int32' ? largestInt : Number.MAX_SAFE_INTEGER;
  const limits = numeric && (one.minimum ?? one.maximum) !== undefined;
  const lengths = (one.minLength ?? one.maxLength) !== undefined;
  const counts = (schema.minItems ?? schema.maxItems) !== undefined;
  const pattern = one.pattern === undefined ? undefined : new RegExp(one.pattern);
  return {
    ...(one.enum === undefined ? {} : { words: one.enum }),
    ...(limits ? { minimum: one.minimum ?? -end, maximum: one.maximum ?? end } : {}),
    ...(lengths ? { minLength: one.minLength ?? 0, maxLength: one.maxLength ?? largestInt } : {}),
    ...(counts ? { minItems: schema.minItems ?? 0, maxItems: schema.maxItems ?? largestInt } : {}),
    ...(pattern === undefined ? {} : { matches: probes.map(probe => pattern.test(probe)) }),
  };
}

function impactOf(tool: CatalogTool): string {
  const { effect, mayDestroy } = declared.get(tool.id) as Tool;
  if (effect === 'destroy') return 'High';
  return effect === 'change' || mayDestroy ? 'Medium' : 'Low';
}

const table = catalog.map(tool => [tool.cmdlet, tool.id, tool] as const);

describe.skipIf(program === undefined)(`the surface of the module (${reason ?? 'in a real PowerShell'})`, () => {
  it('is what its manifest says, and nothing else', () => {
    const names = [...new Set([...catalog.map(tool => tool.cmdlet), ...handWritten])].toSorted();
    expect(found.declared.toSorted()).toEqual(names);
    expect(found.exported.toSorted()).toEqual(names);
    expect(found.commands.map(({ name }) => name).toSorted()).toEqual(names);
    expect(found.others).toEqual([]);
    expect(new Set(names.map(name => name.toLowerCase())).size).toBe(names.length);
  });

  it('has approved verbs, a prefix, and a text about the whole', () => {
    for (const { verb, noun } of found.commands) {
      expect(found.approved).toContain(verb);
      expect(noun).toMatch(/^(Vmb[A-Z]\w*|VmBridge)$/);
      // One thing, however many there are.
      expect(noun).not.toMatch(/[^s]s$/);
    }
    expect(found.about).toContain('Connect-VmBridge');
  });

  it.each(table)('%s asks as %s needs it', (_cmdlet, _id, tool) => {
    const command = cmdletOf(tool);
    const asks = (declared.get(tool.id) as Tool).effect !== 'read' || tool.newFile !== undefined;
    expect(command.shouldProcess).toBe(asks);
    if (asks) expect(command.impact).toBe(impactOf(tool));
    const names = command.parameters.map(({ name }) => name);
    expect(names.includes('WhatIf')).toBe(asks);
    expect(names.includes('NoWait')).toBe(tool.long);
    expect(names.includes('First')).toBe(
      isPaged(tool) || catalog.some(other => other.cmdlet === tool.cmdlet && isPaged(other)),
    );
    expect(parameterOf(command, 'Session').type).toBe(`${namespace}PSObject`);
    expect(command.syntax.trim().split(/\n\s*\n/)).toHaveLength(
      catalog.filter(({ cmdlet }) => cmdlet === tool.cmdlet).length,
    );
  });

  it.each(table)('%s has a parameter for each field of %s', (_cmdlet, _id, tool) => {
    const command = cmdletOf(tool);
    for (const [field, schema] of fieldsOf(tool)) {
      const parameter = parameterOf(command, field);
      const label = `${command.name} -${parameter.name}`;
      const set = parameter.sets.find(each => each.set === setOf(tool));
      const required = tool.input.required?.includes(field) ?? false;
      expect(set?.mandatory, label).toBe(required);
      if (isAskedFor(tool, field)) {
        // What is asked for without being shown is no text that could be looked at.
        expect(parameter.type, label).toBe('System.Security.SecureString');
        continue;
      }
      expect(parameter.type, label).toBe(typeOf(schema) + (set?.byValue ? '[]' : ''));
      expect(parameter.checks, label).toEqual(checksOf(schema));
      const implied = ['object', 'boolean'].includes(typeof schema.default) || required;
      expect(parameter.default ?? undefined, label).toEqual(implied ? undefined : schema.default);
    }
  });

  it.each(table)('%s takes one thing from a pipeline, and counts positions', (_cmdlet, _id, tool) => {
    const sets = cmdletOf(tool).parameters.flatMap(({ sets }) => sets.filter(({ set }) => set === setOf(tool)));
    expect(sets.filter(({ byValue }) => byValue).length).toBeLessThanOrEqual(1);
    const positions = sets.flatMap(({ position }) => (position < 0 ? [] : [position])).toSorted((a, b) => a - b);
    expect(positions).toEqual(positions.map((_, index) => index));
  });

  it.each(table)('%s gives objects of named types for %s', (_cmdlet, _id, tool) => {
    const { outputs } = cmdletOf(tool);
    const silent = Object.keys(tool.result.properties ?? {}).every(name => name === 'deleted');
    const named = outputs.filter(name => /^VmBridge\.[A-Z]\w+$/.test(name));
    if (silent) expect(outputs).toEqual([tool.long ? 'VmBridge.Operation' : 'System.Void']);
    else expect(named).toEqual(outputs);
    if (tool.long) expect(outputs).toContain('VmBridge.Operation');
    else if (!tool.id.startsWith('operation.')) expect(outputs).not.toContain('VmBridge.Operation');
  });

  it.each(table)('%s explains %s in Get-Help', (_cmdlet, _id, tool) => {
    const command = cmdletOf(tool);
    const { help } = command;
    expect(help.synopsis).toContain(words(tool.summary));
    expect(help.description).toContain(words(tool.summary));
    for (const [field, { description, enum: values = [] }] of fieldsOf(tool)) {
      const text = parameterOf(command, field).help.replace(/\s+/g, ' ');
      expect(text, field).toMatch(/^.{2,}\.$/);
      if (description !== undefined) expect(text, field).toContain(words(description).replace(/\s+/g, ' '));
      for (const value of values) expect(text, field).toContain(value);
    }
    for (const name of ['Session', ...(tool.long ? ['NoWait'] : []), ...(command.shouldProcess ? ['WhatIf'] : [])])
      expect(parameterOf(command, name).help, name).not.toBe('');
  });

  it.each(table)('%s says the same of %s in its file of help and in its comment', (_cmdlet, _id, tool) => {
    const { help, comment, parameters } = cmdletOf(tool);
    expect(flat(comment.synopsis)).toBe(flat(help.synopsis));
    expect(flat(comment.description)).toBe(flat(help.description));
    for (const [name, text] of Object.entries(comment.parameters)) {
      const parameter = parameters.find(each => each.name.toUpperCase() === name);
      expect(flat(text), name).toBe(flat(parameter?.help ?? ''));
    }
    expect(Object.keys(comment.parameters)).toEqual(
      expect.arrayContaining(fieldsOf(tool).map(([field]) => parameterOf(cmdletOf(tool), field).name.toUpperCase())),
    );
    expect(comment.examples.map(text => text.split('\n')[0]?.trim())).toEqual(
      help.examples.map(({ code }) => code.split('\n')[0]?.trim()),
    );
  });

  it.each(table)('%s has examples for %s that would run', (_cmdlet, _id, tool) => {
    const command = cmdletOf(tool);
    const { examples } = command.help;
    const members = catalog.filter(({ cmdlet }) => cmdlet === tool.cmdlet);
    expect(examples.flatMap(({ code, problems }) => problems.map(problem => `${code}: ${problem}`))).toEqual([]);
    expect(examples).toHaveLength(members.flatMap(member => member.examples).length);
    const known = new Set(command.parameters.map(({ name }) => name));
    for (const { input } of tool.examples) {
      const given = Object.entries(input).filter(([field, value]) => value !== false && !isAskedFor(tool, field));
      const names = given.map(([field]) => pagingName(tool, field) ?? parameterOf(command, field).name);
      expect(names.filter(name => !known.has(name))).toEqual([]);
      expect(examples.map(({ bound }) => bound.toSorted())).toContainEqual(names.toSorted());
    }
  });

  it.each(handWritten)('%s, written by hand, has help of its own', name => {
    const command = found.commands.find(each => each.name === name);
    expect(command?.help.synopsis).toMatch(/\.$/);
    expect(command?.help.examples.length).toBeGreaterThan(0);
    expect(command?.help.examples.flatMap(({ problems }) => problems)).toEqual([]);
    const own = command?.parameters.filter(({ name }) => !common.has(name)) ?? [];
    expect(own.filter(({ help }) => help === '').map(parameter => parameter.name)).toEqual([]);
  });
});

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();

const common = new Set(
  'Verbose Debug ErrorAction WarningAction InformationAction ProgressAction ErrorVariable WarningVariable InformationVariable OutVariable OutBuffer PipelineVariable WhatIf Confirm'.split(
    ' ',
  ),
);

function pagingName(tool: CatalogTool, field: string): string | undefined {
  if (!isPaged(tool)) return undefined;
  return { limit: 'First', offset: 'Skip' }[field];
}
