import { z } from 'zod';
import { Fault } from '../../../errors/fault.ts';

/**
 * A part of a reply as the schema says, taken leniently: a quarter of the real replies are not what their declaration says.
 * Numbers may be texts, and texts numbers; 0 and 1 are booleans; null is what is absent, or an empty list or object; what the
 * schema does not know is left out. Throws `host_fault`.
 */
export function parseReply<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(adapterOf(schema)(value));
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new Fault('host_fault', `What the host tells of ${what} can not be understood.`, {
    remedy: 'See whether the version of Proxmox VE is 8 or 9; other versions are not known.',
    data: { place: first?.path.join('.') ?? '', issue: first?.message ?? '' },
  });
}

/** Gives a value in the kind that a schema expects, where it can be read so; else as it is. */
type Adapter = (value: unknown) => unknown;

// To ask a schema what it is takes longer than to adapt a value, and a cluster has thousands of them.
const adapters = new WeakMap<z.core.$ZodType, Adapter>();

function adapterOf(schema: z.core.$ZodType): Adapter {
  const known = adapters.get(schema);
  if (known !== undefined) return known;
  const adapter = buildAdapter(schema);
  adapters.set(schema, adapter);
  return adapter;
}

function buildAdapter(schema: z.core.$ZodType): Adapter {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const inner = adapterOf(schema.unwrap());
    return value => (value === null || value === undefined ? undefined : inner(value));
  }
  if (schema instanceof z.ZodNullable) {
    const inner = adapterOf(schema.unwrap());
    return value => (value === null ? null : inner(value));
  }
  if (schema instanceof z.ZodCatch || schema instanceof z.ZodReadonly) return adapterOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return adapterOf(schema.in);
  if (schema instanceof z.ZodObject) return buildObjectAdapter(schema);
  if (schema instanceof z.ZodArray) {
    const element = adapterOf(schema.element);
    return value => (Array.isArray(value) ? value.map(element) : (value ?? []));
  }
  if (schema instanceof z.ZodRecord) return buildRecordAdapter(schema);
  if (schema instanceof z.ZodUnion) return buildUnionAdapter(schema);
  return buildPlainAdapter(schema);
}

function buildPlainAdapter(schema: z.core.$ZodType): Adapter {
  if (schema instanceof z.ZodNumber) {
    return value => {
      if (typeof value !== 'string' || value.trim() === '') return value;
      return Number.isFinite(Number(value)) ? Number(value) : value;
    };
  }
  if (schema instanceof z.ZodBoolean) {
    return value => {
      if (value === 1 || value === '1' || value === 'true') return true;
      return value === 0 || value === '0' || value === '' || value === 'false' ? false : value;
    };
  }
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) {
    return value => (typeof value === 'number' ? String(value) : value);
  }
  return value => value;
}

function buildObjectAdapter(schema: z.ZodObject): Adapter {
  const parts = Object.entries(schema.shape).map(([name, part]): [string, Adapter] => [name, adapterOf(part)]);
  const { catchall } = schema.def;
  const other = catchall === undefined || catchall instanceof z.ZodNever ? undefined : adapterOf(catchall);
  return value => {
    if (value === null || value === undefined)
      return Object.fromEntries(parts.map(([name, part]) => [name, part(undefined)]));
    if (!isRecord(value)) return value;
    const entries =
      other === undefined ? [] : Object.entries(value).map(([name, part]) => [name, other(part)] as const);
    const adapted: Record<string, unknown> = Object.fromEntries(entries);
    for (const [name, part] of parts) {
      const own = part(Object.hasOwn(value, name) ? value[name] : undefined);
      if (own === undefined) delete adapted[name];
      else adapted[name] = own;
    }
    return adapted;
  };
}

function buildRecordAdapter({ valueType }: z.ZodRecord): Adapter {
  const part = adapterOf(valueType);
  return value => {
    // Perl writes an empty hash as an empty list now and then.
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return {};
    return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, own]) => [name, part(own)])) : value;
  };
}

function buildUnionAdapter(schema: z.ZodUnion): Adapter {
  const options = schema.options.map(option => ({ option, adapt: adapterOf(option) }));
  return value => {
    if (options.some(({ option }) => z.safeParse(option, value).success)) return value;
    return options.map(({ adapt }) => adapt(value)).find(adapted => z.safeParse(schema, adapted).success) ?? value;
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
