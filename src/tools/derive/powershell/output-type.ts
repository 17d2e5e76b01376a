import type { Tool } from '../../define-tool.ts';
import type { JsonSchema } from '../json-schema.ts';
import { type Field, itemsOf, listFields } from './field.ts';
import { outputShape } from './output-shape.ts';

/** A named type of the objects that cmdlets put out. */
export interface OutputType {
  readonly title: string;
  readonly columns: readonly string[];
  readonly fields: readonly Field[];
}

/** Every named type, in the order in which tools bring them. */
export function listOutputTypes(tools: readonly Tool[]): OutputType[] {
  const found = new Map<string, OutputType>([[session.title, session]]);
  for (const tool of tools) {
    const { schema, remarks } = outputShape(tool);
    for (const each of [schema, ...remarks.map(remark => remark.schema)]) if (each !== undefined) collect(each, found);
  }
  return [...found.values()];
}

function collect(schema: JsonSchema, found: Map<string, OutputType>): void {
  const fields = listFields(schema);
  if (typeof schema.title === 'string') {
    const { title } = schema;
    const columns = (schema.columns as string[] | undefined) ?? [];
    found.set(title, { title, columns, fields: joinFields(found.get(title)?.fields, fields) });
  }
  for (const each of [itemsOf(schema), ...fields.map(field => field.schema)])
    if (each !== undefined) collect(each, found);
}

/** One of two shapes of a name says more than the other: only what both always have is always there. */
function joinFields(known: readonly Field[] | undefined, fields: readonly Field[]): readonly Field[] {
  if (known === undefined) return fields;
  const isRequired = (name: string, among: readonly Field[]) => among.some(one => one.name === name && one.required);
  const added = fields.filter(({ name }) => known.every(field => field.name !== name));
  return [...known, ...added].map(field => ({
    ...field,
    required: isRequired(field.name, known) && isRequired(field.name, fields),
  }));
}

const text = { type: 'string' };

/** What Connect-VmBridge gives is made by the module itself. */
const session: OutputType = {
  title: 'Session',
  columns: ['id', 'name', 'hostName', 'startedAt', 'command'],
  fields: [
    { name: 'id', schema: { type: 'integer', maximum: 9999 }, required: true },
    { name: 'name', schema: text, required: true },
    { name: 'hostName', schema: text, required: true },
    { name: 'command', schema: { type: 'array', items: text }, required: true },
    { name: 'startedAt', schema: { type: 'string', format: 'date-time' }, required: true },
  ],
};
