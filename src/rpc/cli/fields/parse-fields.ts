import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import type { FieldSchema } from './field-schemas.ts';
import { parseValue } from './parse-value.ts';

export interface ParsedFields {
  readonly input: Readonly<Record<string, unknown>>;
  /** What stood there without a flag: the JSON, or `-`. */
  readonly positionals: readonly string[];
}

/**
 * The fields of a call from the words behind its id: `--name value`, `--name=value`, `--flag`, `--no-flag`, in kebab or
 * camel case; a list repeats its flag. A field that is no boolean takes the next word whatever it looks like, so that a
 * value may begin with `-`.
 */
export function parseFields(tool: string, fields: readonly FieldSchema[], words: readonly string[]): ParsedFields {
  const input: Record<string, unknown> = {};
  const positionals: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') {
      positionals.push(...words.slice(index + 1));
      break;
    }
    if (!word.startsWith('--')) {
      positionals.push(word);
      continue;
    }
    const { field, negated, attached } = findField(tool, fields, word);
    let rawValue = attached;
    if (rawValue === undefined && field.kind === 'boolean') {
      const next = words[index + 1];
      if (!negated && (next === 'true' || next === 'false')) index++;
      rawValue = String(!negated && next !== 'false');
    } else if (rawValue === undefined) {
      rawValue = words[++index];
      if (rawValue === undefined)
        throw new Fault('invalid', `${field.flag} needs a value.`, { data: { field: field.name } });
    }
    setField(input, field, rawValue);
  }
  return { input, positionals };
}

function findField(tool: string, fields: readonly FieldSchema[], word: string) {
  const equals = word.indexOf('=');
  const typed = equals === -1 ? word : word.slice(0, equals);
  const attached = equals === -1 ? undefined : word.slice(equals + 1);
  const named = (flag: string) => fields.find(field => field.flag === flag || `--${field.name}` === flag);
  const field = named(typed);
  if (field !== undefined) return { field, attached, negated: false };
  const denied = typed.startsWith('--no-') && attached === undefined ? named(`--${typed.slice(5)}`) : undefined;
  if (denied?.kind === 'boolean') return { field: denied, attached, negated: true };
  const near = suggestWords(
    typed,
    fields.map(candidate => candidate.flag),
  );
  throw new Fault('invalid', `${tool} has no field ${typed.slice(0, 100)}.`, {
    remedy: `${near}See: vmbridge call ${tool} --help`,
    data: { field: typed.slice(2, 102) },
  });
}

function setField(input: Record<string, unknown>, field: FieldSchema, rawValue: string): void {
  if (field.kind === 'list') {
    const before = Object.hasOwn(input, field.name) ? (input[field.name] as unknown[]) : [];
    input[field.name] = [...before, parseValue(field, field.items ?? 'json', rawValue)];
  } else if (Object.hasOwn(input, field.name)) {
    throw new Fault('invalid', `${field.flag} was given twice.`, { data: { field: field.name } });
  } else {
    input[field.name] = parseValue(field, field.kind, rawValue);
  }
}
