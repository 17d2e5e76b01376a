import type { Tool } from '../../define-tool.ts';
import { type JsonSchema, toHintedSchema } from '../json-schema.ts';
import { type Field, itemsOf, listFields } from './field.ts';

export interface OutputShape {
  /** Schema of each object that is put out; none when nothing is. */
  readonly schema: JsonSchema | undefined;
  readonly list: boolean;
  /** Fields beside the main one. */
  readonly remarks: readonly Field[];
}

/** What a cmdlet puts out for an output of the tool. */
export function outputShape(tool: Tool): OutputShape {
  const schema = toHintedSchema(tool.output, 'output');
  const fields = listFields(schema);
  if (fields.every(({ name }) => name === 'deleted')) return { schema: undefined, list: false, remarks: [] };
  const main = fields.find(({ name }) => name === tool.main);
  if (main === undefined) return { schema: { title: titleOf(tool), ...schema }, list: false, remarks: [] };
  const items = itemsOf(main.schema);
  return {
    schema: items ?? main.schema,
    list: items !== undefined,
    remarks: fields.filter(field => field !== main),
  };
}

/** Names of the types that a cmdlet of the tool can put out. */
export function outputTypes(tool: Tool): string[] {
  const { schema, list, remarks } = outputShape(tool);
  if (schema === undefined) return tool.long ? ['VmBridge.Operation'] : [];
  // A list that is only there at times stands for the main one.
  const others = remarks.filter(({ required }) => list && !required).map(remark => itemsOf(remark.schema)?.title);
  return [schema.title, ...others, ...(tool.long ? ['Operation'] : [])]
    .filter(title => typeof title === 'string')
    .map(title => `VmBridge.${title}`);
}

/** The id in words: `image.convert` gives ImageConvert. */
function titleOf({ id }: Tool): string {
  return id
    .split('.')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
