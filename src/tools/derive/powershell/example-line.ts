import type { Tool } from '../../define-tool.ts';
import { toHintedSchema } from '../json-schema.ts';
import { givenInput } from '../wire-schemas.ts';
import { listFields, parameterName } from './field.ts';
import { isPaged } from './parameters.ts';
import { quoteArgument } from './quote-argument.ts';

/** An example of the declaration as a command line. */
export function exampleLine(tool: Tool, input: object): string {
  const fields = listFields(toHintedSchema(givenInput(tool), 'input'));
  const paged = isPaged(fields);
  const words = Object.entries(input).flatMap(([name, value]) => {
    const field = fields.find(each => each.name === name);
    if (field === undefined || value === undefined || value === false) return [];
    // It is asked for.
    if (field.schema.prompt === true) return [];
    if (value === true) return [`-${parameterName(field)}`];
    if (paged && name === 'limit') return [`-First ${value}`];
    if (paged && name === 'offset') return [`-Skip ${value}`];
    return [`-${parameterName(field)} ${quoteArgument(value)}`];
  });
  return [tool.cmdlet, ...words].join(' ');
}
