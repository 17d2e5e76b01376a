import type { Tool } from '../../define-tool.ts';
import { type Field, parameterName, type Reference, referenceOf } from './field.ts';
import { parameterAliases } from './parameter-aliases.ts';
import { parameterType } from './parameter-type.ts';
import { primaryField } from './primary-field.ts';
import { quote } from './quote.ts';
import { validations } from './validations.ts';

export interface Parameter {
  readonly name: string;
  /** Field of the tool; none for what PowerShell alone has. */
  readonly field?: string;
  readonly type: string;
  readonly description: string;
  readonly set?: string | undefined;
  readonly mandatory: boolean;
  readonly position?: number | undefined;
  readonly pipeline: boolean;
  readonly byName: boolean;
  readonly aliases: readonly string[];
  readonly wildcards: boolean;
  /** Attributes that check a value. */
  readonly checks: readonly string[];
  readonly default?: string | undefined;
  readonly words?: readonly string[] | undefined;
  readonly refersTo?: Reference | undefined;
}

export interface ParameterSource {
  readonly tool: Tool;
  readonly fields: readonly Field[];
  /** Name of the parameter set, where a cmdlet has several. */
  readonly set: string | undefined;
}

/** Pages are asked for by -First and -Skip, which PowerShell adds. */
export function isPaged(fields: readonly Field[]): boolean {
  return ['limit', 'offset'].every(name => fields.some(field => field.name === name));
}

/** Fields that become parameters. */
export function parameterFields(fields: readonly Field[]): Field[] {
  return isPaged(fields) ? fields.filter(({ name }) => name !== 'limit' && name !== 'offset') : [...fields];
}

/** The parameters of a cmdlet: those of its tools' fields, then what PowerShell alone has. */
export function toParameters(sources: readonly ParameterSource[]): Parameter[] {
  const taken = new Set(sources.flatMap(({ fields }) => parameterFields(fields).map(parameterName)));
  return [
    ...sources.flatMap(source => fieldParameters(source, taken)),
    ...ownParameters(sources.map(({ tool }) => tool)),
  ];
}

function fieldParameters({ tool, fields, set }: ParameterSource, taken: ReadonlySet<string>): Parameter[] {
  const primary = primaryField(fields, tool.cmdlet);
  const positions = positionsOf(fields, primary, set);
  return parameterFields(fields).map(field => {
    const isPrimary = field === primary;
    const reference = referenceOf(field.schema);
    // In a list beside a get, what is piped is always meant for the other.
    const bindsByName = set !== 'List' && isExisting(reference) && field.schema.type === 'string';
    return {
      name: parameterName(field),
      field: field.name,
      type: isPrimary ? `${parameterType(field.schema)}[]` : parameterType(field.schema),
      description: describe(field),
      set,
      mandatory: field.required,
      position: positions.get(field.name),
      pipeline: isPrimary,
      byName: isPrimary || bindsByName,
      aliases: parameterAliases(field, isPrimary, taken),
      wildcards: takesWildcards(field, isPrimary, set, reference),
      checks: [...emptiness(field, isPrimary), ...validations(field.schema)],
      default: defaultOf(field),
      words: field.schema.enum as string[] | undefined,
      refersTo: reference,
    };
  });
}

function isExisting(reference: Reference | undefined): boolean {
  return reference !== undefined && reference !== 'newFile';
}

/**
 * The machine first, then what is required in the order of its declaration; of a list beside a get, the name. Where nothing
 * is required, the machine that something is asked about.
 */
function positionsOf(fields: readonly Field[], primary: Field | undefined, set: string | undefined) {
  const required = fields.filter(field => field.required && field.schema.type !== 'object');
  const machine = fields.find(field => field.name === 'vm' && (field.required || required.length === 0));
  const names = new Set([machine, primary, ...required].flatMap(field => (field === undefined ? [] : [field.name])));
  if (set === 'List' && fields.some(({ name }) => name === 'name')) names.add('name');
  return new Map([...names].map((name, index) => [name, index]));
}

function takesWildcards(
  { name }: Field,
  isPrimary: boolean,
  set: string | undefined,
  reference: Reference | undefined,
) {
  if (isPrimary) return reference === 'machine' || reference === 'file';
  return set === 'List' && name === 'name';
}

/** PowerShell refuses empty text for what is mandatory, unless told otherwise; what the tool takes must get through. */
function emptiness({ schema, required }: Field, isPrimary: boolean): string[] {
  if (!required || schema.type !== 'string' || schema.prompt === true) return [];
  const mayBeEmpty =
    schema.enum === undefined &&
    Number(schema.minLength ?? 0) === 0 &&
    (typeof schema.pattern !== 'string' || new RegExp(schema.pattern, 'u').test(''));
  if (isPrimary) return ['ValidateNotNullOrEmpty()'];
  return mayBeEmpty ? ['AllowEmptyString()'] : [];
}

function defaultOf({ schema, required }: Field): string | undefined {
  const value = schema.default;
  if (required || value === undefined || typeof value === 'boolean' || typeof value === 'object') return undefined;
  return quote(value);
}

function describe({ schema }: Field): string {
  return typeof schema.description === 'string' ? schema.description : '';
}

const own = { mandatory: false, pipeline: false, byName: false, aliases: [], wildcards: false, checks: [] };

function ownParameters(tools: readonly Tool[]): Parameter[] {
  const force = tools.some(tool => tool.effect === 'destroy');
  const long = tools.some(tool => tool.long);
  return [
    ...(force ? [{ ...own, name: 'Force', type: 'switch', description: 'Do it without the question.' }] : []),
    ...(long ? [{ ...own, name: 'NoWait', type: 'switch', description: noWait }] : []),
    { ...own, name: 'Session', type: 'psobject', description: session },
  ];
}

const noWait =
  'Return the operation at once instead of what comes of it. Get-VmbOperation tells how far it is, Receive-VmbOperation gives its result.';
const session = 'The session, by object, id or name: see Connect-VmBridge. Default: the one in use.';
