import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { powerShellFiles } from '../../scripts/generate/powershell/module-files.ts';
import { tools } from '../../src/catalog/tools.ts';
import { defineTool, type Tool } from '../../src/tools/define-tool.ts';
import { listCmdlets } from '../../src/tools/derive/powershell/cmdlet.ts';
import { commentHelp } from '../../src/tools/derive/powershell/comment-help.ts';
import { exampleLine } from '../../src/tools/derive/powershell/example-line.ts';
import { formatFile } from '../../src/tools/derive/powershell/format-file.ts';
import { handWritten } from '../../src/tools/derive/powershell/hand-written.ts';
import { helpTexts } from '../../src/tools/derive/powershell/help-texts.ts';
import { listOutputTypes } from '../../src/tools/derive/powershell/output-type.ts';
import { ShapeTable } from '../../src/tools/derive/powershell/shape-table.ts';
import { shellWords } from '../../src/tools/derive/powershell/shell-words.ts';
import { toolEntry } from '../../src/tools/derive/powershell/tool-entry.ts';
import { surface } from './powershell/surface.ts';

const declared: Tool[] = Object.values(tools).map(tool => tool as Tool);
const cmdlets = listCmdlets(declared);
const words = shellWords(declared);

function entryOf(id: string) {
  const tool = declared.find(each => each.id === id);
  if (tool === undefined) throw new Error(`There is no tool ${id}.`);
  return toolEntry(tool, new ShapeTable(), words);
}

function makeTool(changes: Partial<Tool>): Tool {
  const base = defineTool({
    id: 'vm.test',
    cmdlet: 'Test-VmbVM',
    group: 'vm',
    summary: 'Tests.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.strictObject({ ok: z.boolean() }),
    errors: [],
    examples: [],
  });
  return { ...base, ...changes } as Tool;
}

describe('the cmdlets', () => {
  it('are what scripts were written for; else look, and run vitest with --update', async () => {
    await expect(surface(cmdlets)).toMatchFileSnapshot(path.join(import.meta.dirname, 'powershell/surface.txt'));
  });

  it('have one parameter of a name, and one alias', () => {
    for (const { name, parameters } of cmdlets) {
      const names = parameters
        .flatMap(parameter => [parameter.name, ...parameter.aliases])
        .map(each => each.toLowerCase());
      expect(names, name).toEqual([...new Set(names)]);
    }
  });

  it('ask for what nobody else may read without showing it', () => {
    const open = cmdlets.flatMap(({ name, parameters }) =>
      parameters
        .filter(each => /passw|passphrase|^secret$/i.test(each.name) && each.type !== 'securestring')
        .map(each => `${name} -${each.name}`),
    );
    expect(open).toEqual([]);
  });

  it('have one that takes the machines of a pipeline where it is about machines', () => {
    const about = cmdlets.filter(({ name }) => /^(?!New|Import|Get).*-VmbVM$/.test(name));
    expect(about.length).toBeGreaterThan(10);
    for (const { name, parameters } of about) {
      const found = parameters.find(parameter => parameter.pipeline);
      expect([name, found?.name, found?.position, found?.wildcards]).toEqual([name, 'VM', 0, true]);
    }
  });

  it('know of which values of a field their effect depends', () => {
    expect(entryOf('proxmox.api').EffectBy).toEqual({ Field: 'method', Values: { GET: 'read' }, Default: 'GET' });
    expect(entryOf('backup.run').EffectBy).toEqual({ Field: 'prune', Values: { true: 'destroy' }, Default: 'false' });
    expect(entryOf('vm.stop')).not.toHaveProperty('EffectBy');
  });

  it('take one thing from the pipeline, and count positions from 0', () => {
    for (const { name, parameters } of cmdlets) {
      for (const set of new Set(parameters.map(parameter => parameter.set))) {
        const own = parameters.filter(parameter => parameter.set === set);
        expect(own.filter(({ pipeline }) => pipeline).length, name).toBeLessThanOrEqual(1);
        const positions = own.flatMap(({ position }) => (position === undefined ? [] : [position])).sort();
        expect(positions, name).toEqual(positions.map((_, index) => index));
      }
    }
  });

  it('have examples that name only parameters there are', () => {
    for (const { name, tools: members, parameters } of cmdlets) {
      const known = ['First', 'Skip', ...parameters.map(parameter => parameter.name)];
      for (const tool of members) {
        for (const { input } of tool.examples) {
          const line = exampleLine(tool, input);
          const used = [...line.replace(/'[^']*'/g, '').matchAll(/ -(\w+)/g)].map(([, word]) => word);
          expect(
            used.filter(word => !known.includes(word ?? '')),
            line,
          ).toEqual([]);
          // A secret is asked for.
          const given = Object.entries(input).filter(([field, value]) => value !== false && field !== 'secret');
          expect(used.length, name).toBe(given.length);
        }
      }
    }
  });
});

describe('parameters', () => {
  const input = z.strictObject({
    vm: z.string().min(1).meta({ refersTo: 'machine' }),
    disk: z
      .string()
      .regex(/^[^\0]+$/)
      .meta({ refersTo: 'newFile' }),
    note: z.string().max(9),
    size: z.int().min(0),
    share: z.number().min(0).max(1).default(0.5),
    kinds: z
      .array(z.enum(['a', 'b']))
      .max(3)
      .optional(),
    extra: z.strictObject({ a: z.int() }).optional(),
    input: z.string().meta({ parameter: 'StandardInput' }).optional(),
    fast: z.boolean().default(false),
  });
  const [cmdlet] = listCmdlets([makeTool({ input, effect: 'destroy', long: true })]);
  const find = (name: string) => cmdlet?.parameters.find(parameter => parameter.name === name);

  it('of each kind of field have the type and the checks of PowerShell', () => {
    const found = cmdlet?.parameters.map(({ name, type, checks }) => [name, type, ...checks]);
    expect(found).toEqual([
      ['VM', 'string[]', 'ValidateNotNullOrEmpty()', 'ValidateLength(1, 2147483647)'],
      ['Disk', 'string', "ValidatePattern('^[^\\x00]+\\z', Options = 'None')"],
      ['Note', 'string', 'AllowEmptyString()', 'ValidateLength(0, 9)'],
      ['Size', 'long', 'ValidateRange(0L, 9007199254740991L)'],
      ['Share', 'double', 'ValidateRange(0.0, 1.0)'],
      ['Kinds', 'string[]', 'ValidateCount(0, 3)', "ValidateSet('a', 'b')"],
      ['Extra', 'object'],
      ['StandardInput', 'string'],
      ['Fast', 'switch'],
      ['Force', 'switch'],
      ['NoWait', 'switch'],
      ['Session', 'psobject'],
    ]);
  });

  it('say what is meant by what is piped', () => {
    expect(find('VM')).toMatchObject({
      pipeline: true,
      byName: true,
      wildcards: true,
      aliases: ['Id', 'Name', 'VMName'],
    });
    expect(find('Disk')).toMatchObject({ pipeline: false, byName: false, position: 1, aliases: [] });
    expect(find('StandardInput')).toMatchObject({ aliases: ['Input'], mandatory: false });
    expect(find('Share')?.default).toBe('0.5');
  });

  it('leave an alias out that is the name of another', () => {
    const named = z.strictObject({ vm: z.string().meta({ refersTo: 'machine' }), name: z.string() });
    const [rename] = listCmdlets([makeTool({ input: named })]);
    expect(rename?.parameters[0]?.aliases).toEqual(['Id', 'VMName']);
  });
});

describe('what a call knows of its tool', () => {
  it('tells the primary parameter, what fields name, and where the objects are', () => {
    expect(entryOf('vm.stop')).toMatchObject({
      Effect: 'change',
      Long: true,
      Main: 'machine',
      Shape: 'Machine',
      Primary: 'VM',
      Fields: { VM: 'vm', Force: 'force', TimeoutSeconds: 'timeoutSeconds' },
      Refers: { vm: 'machine' },
    });
    expect(entryOf('vm.copy')).toMatchObject({
      Refers: { vm: 'machine', source: 'file', target: 'newFile' },
      RefersWhen: { source: { direction: 'toGuest' }, target: { direction: 'fromGuest' } },
      Enums: { direction: ['toGuest', 'fromGuest'] },
    });
    expect(entryOf('vm.list')).toMatchObject({ Paged: true, Main: 'machines' });
    expect(entryOf('vm.list').Fields).not.toHaveProperty('Limit');
    expect(entryOf('vm.delete')).toMatchObject({ Silent: true, Effect: 'destroy' });
    expect(entryOf('vm.checkpoint.list').Attach).toEqual(['vm']);
    expect(entryOf('vm.start')).not.toHaveProperty('Attach');
  });

  it('types what it gets as deep as there are names and times', () => {
    const table = new ShapeTable();
    const time = { type: 'string', format: 'date-time' };
    const schema = {
      type: 'object',
      title: 'Outer',
      properties: {
        at: time,
        rows: { type: 'array', items: { type: 'object', properties: { at: time } } },
        other: { type: 'object', properties: { at: time } },
        plain: { type: 'object', properties: { a: { type: 'string' } } },
        texts: { type: 'array', items: { type: 'string' } },
      },
    };
    expect(table.add(schema)).toBe('Outer');
    expect(Object.fromEntries(table.shapes)).toEqual({
      '#1': { fields: { at: 'time' } },
      Outer: { title: 'Outer', fields: { at: 'time', rows: '#1', other: '#1' } },
    });
  });
});

describe('help', () => {
  it('calls tools and fields by what they are in PowerShell', () => {
    expect(words('As image.convert, for timeoutSeconds of "proof.json"; see vm.stop.')).toBe(
      'As ConvertTo-VmbImage, for -TimeoutSeconds of "proof.json"; see Stop-VmbVM.',
    );
  });

  it('has a text for every parameter', () => {
    for (const cmdlet of cmdlets)
      for (const { parameter, text } of helpTexts(cmdlet, cmdlets, words).parameters)
        expect(text, `${cmdlet.name} -${parameter.name}`).toMatch(/^.{2,}\.$/s);
  });

  it('refuses what would end its comment or begin another part of it', () => {
    const [cmdlet] = listCmdlets([makeTool({ summary: 'Ends #> here.' })]);
    if (cmdlet === undefined) throw new Error('There is no cmdlet.');
    const texts = helpTexts(cmdlet, [], words);
    expect(() => commentHelp(texts)).toThrow('#>');
    expect(() => commentHelp({ ...texts, synopsis: '.PARAMETER x' })).toThrow('.PARAMETER');
  });
});

describe('the files of the module', () => {
  const files = [...powerShellFiles(path.resolve(import.meta.dirname, '../..'), declared)];

  it('are in ASCII, which Windows PowerShell reads without a mark, and without blanks at the ends of lines', () => {
    expect(files.length).toBeGreaterThan(50);
    const odd = files.filter(([, text]) => !/^[\x20-\x7e\n]*\n$/.test(text) || / \n/.test(text));
    expect(odd.map(([file]) => file)).toEqual([]);
  });

  it('are listed in the manifest, with every function', () => {
    const [, text = ''] = files.find(([file]) => file.endsWith('.psd1')) ?? [];
    const lost = files
      .map(([file]) => file.replace('ps-module/VmBridge/', ''))
      .filter(file => !text.includes(`'${file}'`));
    expect(lost).toEqual([]);
    expect([...cmdlets.map(({ name }) => name), ...handWritten].filter(name => !text.includes(`'${name}'`))).toEqual(
      [],
    );
  });
});

describe('views', () => {
  it('have columns that their types have', () => {
    const types = listOutputTypes(declared);
    expect(types.length).toBeGreaterThan(30);
    expect(() => formatFile(types)).not.toThrow();
    expect(() => formatFile([{ title: 'T', columns: ['nope'], fields: [] }])).toThrow('nope');
  });
});
