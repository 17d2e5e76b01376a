import summary from '../../../catalog/summary.json' with { type: 'json' };
import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import type { CatalogEntry } from '../../bridge.ts';
import { findEntry } from '../../tool-list.ts';
import { type GlobalFlags, globalOptions, toGlobalFlags } from '../global-flags.ts';
import { type FieldSchema, fieldSchemas } from './field-schemas.ts';
import { type ParsedFields, parseFields } from './parse-fields.ts';

export interface ParsedCall extends ParsedFields {
  readonly tool: CatalogEntry;
  readonly flags: GlobalFlags;
  readonly help: boolean;
}

// No field has a dot in its name, so these cannot be taken for one.
const prefix = 'vmbridge.';
const globalFields: readonly FieldSchema[] = [...globalOptions, { name: 'help', flag: '--help' }].map(option => ({
  name: `${prefix}${option.name}`,
  flag: option.flag,
  kind: 'value' in option ? 'text' : 'boolean',
  required: false,
  description: '',
}));

/**
 * The words behind `vmbridge call`: global flags, the id of the tool, its fields and the global flags again. A field
 * of the tool wins over a global flag of the same name. Undefined when only help was asked for.
 */
export function parseCall(words: readonly string[], outer: GlobalFlags): ParsedCall | undefined {
  const start = words.findIndex((word, index) => !word.startsWith('-') && !takesWord(words[index - 1]));
  const before = words.slice(0, start === -1 ? words.length : start);
  const leading = parseFields('vmbridge call', globalFields, before);
  const id = words[start];
  if (id === undefined) {
    if (leading.input[`${prefix}help`] === true || before.includes('-h')) return undefined;
    throw new Fault('invalid', 'The id of the tool is missing.', { remedy: 'See: vmbridge tools' });
  }
  const tool = findTool(id);
  const own = fieldSchemas(tool.mcp.inputSchema);
  const fields = [...own, ...globalFields.filter(field => own.every(({ flag }) => flag !== field.flag))];
  const { input, positionals } = parseFields(id, fields, words.slice(start + 1));
  const isGlobal = (name: string) => name.startsWith(prefix);
  const globals = { ...leading.input, ...pick(input, isGlobal) };
  const named = Object.fromEntries(Object.entries(globals).map(([name, value]) => [name.slice(prefix.length), value]));
  return {
    tool,
    input: pick(input, name => !isGlobal(name)),
    positionals: positionals.filter(word => word !== '-h'),
    flags: toGlobalFlags({ ...outer, ...named }),
    help: named.help === true || before.includes('-h') || positionals.includes('-h'),
  };
}

function takesWord(word: string | undefined): boolean {
  return globalFields.some(field => field.kind === 'text' && field.flag === word);
}

function findTool(id: string): CatalogEntry {
  const tool = findEntry(id);
  if (tool !== undefined) return tool;
  const ids = summary.tools.map(entry => entry.id);
  throw new Fault('invalid', `There is no tool "${id.slice(0, 100)}".`, {
    remedy: `${suggestWords(id, ids)}See: vmbridge tools`,
    data: { field: 'tool' },
  });
}

function pick(input: Readonly<Record<string, unknown>>, wanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([name]) => wanted(name)));
}
