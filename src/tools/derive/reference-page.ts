import type { Undo } from '../../model/undo.ts';
import type { Tool } from '../define-tool.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import { listErrors } from './list-errors.ts';
import { mcpName } from './mcp-tool.ts';
import { wireInput } from './wire-schemas.ts';

const effects = {
  read: 'reads, changes nothing',
  create: 'creates something new',
  change: 'changes something',
  destroy: 'destroys something for good',
} as const;

/** The Markdown of `docs/tools/<id>.md`. */
export function toReferencePage(tool: Tool, answeredBy: readonly string[]): string {
  return [
    `# ${tool.id}`,
    '',
    tool.summary,
    ...(tool.description === undefined ? [] : ['', tool.description]),
    '',
    '| | |',
    '| --- | --- |',
    `| MCP | \`${mcpName(tool.id)}\`${tool.doors === 'people' ? ': not offered, for people alone' : ''} |`,
    `| JSON-RPC | \`${tool.id}\`${tool.doors === 'people' ? ' with `--attended`' : ''} |`,
    `| command line | \`vmbridge call ${tool.id}\` |`,
    `| effect | ${describeEffect(tool)} |`,
    ...(tool.undo === undefined ? [] : [`| undone by | ${describeUndo(tool.undo)} |`]),
    `| answered by | ${answeredBy.join(', ')} |`,
    ...(tool.long ? ['| long | starts an operation; `wait` says how long the call waits for its end |'] : []),
    '',
    '## Input',
    '',
    ...fieldTable(toJsonSchema(wireInput(tool), 'input')),
    '',
    tool.long ? '## Result' : '## Output',
    '',
    ...fieldTable(toJsonSchema(tool.output, 'output')),
    '',
    '## Errors',
    '',
    listErrors(tool)
      .map(code => `\`${code}\``)
      .join(', '),
    '',
    '## Examples',
    ...tool.examples.flatMap(example => [
      '',
      `${example.title}:`,
      '',
      '```json',
      JSON.stringify({ input: example.input, [tool.long ? 'result' : 'output']: example.output }, null, 2),
      '```',
    ]),
    '',
  ].join('\n');
}

function describeEffect({ effect, effectBy }: Tool): string {
  const others = Object.entries(effectBy?.values ?? {}).map(
    ([value, other]) => `with \`${effectBy?.field}\` \`${value}\` ${effects[other]}`,
  );
  return [effects[effect], ...others].join('; ');
}

function describeUndo(undo: Undo): string {
  if ('irreversible' in undo) return `nothing: ${cell(undo.irreversible)}`;
  if ('checkpoint' in undo) return 'the checkpoint that `checkpointFirst` makes before; without it by nothing';
  const states = undo.when === undefined ? '' : `, where the machine was ${undo.when.before.join(' or ')} before`;
  return `[${undo.tool}](${undo.tool}.md)${states}${undo.loses === undefined ? '' : `. ${undo.loses}`}`;
}

function fieldTable(schema: JsonSchema): string[] {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `| \`${name}\` | ${cell(typeOf(field))} | ${needOf(name, field, required)} | ${cell(String(field.description ?? ''))} |`,
  );
  return rows.length === 0 ? ['None.'] : ['| field | type | needed | meaning |', '| --- | --- | --- | --- |', ...rows];
}

function needOf(name: string, field: JsonSchema, required: ReadonlySet<string>): string {
  if ('default' in field) return `default \`${JSON.stringify(field.default)}\``;
  return required.has(name) ? 'yes' : 'no';
}

function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map(value => `\`${JSON.stringify(value)}\``).join(' or ');
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as JsonSchema[]).map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as JsonSchema)}`;
  if (schema.type === 'object') {
    const names = Object.keys((schema.properties ?? {}) as object);
    return names.length === 0 ? 'object' : `object (${names.join(', ')})`;
  }
  return String(schema.type ?? 'any');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
