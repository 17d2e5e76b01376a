import type { CatalogEntry } from '../../bridge.ts';
import { wrapText } from '../output/wrap-text.ts';
import { type FieldSchema, fieldSchemas } from './field-schemas.ts';

const leftColumns = 30;

/** What `vmbridge call <id> --help` prints, wrapped to so many columns. */
export function describeFields(tool: CatalogEntry, columns: number): string {
  const fields = fieldSchemas(tool.mcp.inputSchema);
  const needed = fields.filter(field => field.required).map(field => ` ${field.flag}${placeholder(field)}`);
  return [
    `Usage: vmbridge call ${tool.id} [json|-]${needed.join('')}${needed.length < fields.length ? ' [fields]' : ''}`,
    '',
    ...wrapText(tool.mcp.description, columns),
    '',
    ...(fields.length === 0 ? ['It has no fields.'] : ['Fields:', ...describeAll(fields, columns)]),
    '',
    ...wrapText(notes(tool), columns),
    '',
  ].join('\n');
}

function notes(tool: CatalogEntry): string {
  const json = 'A JSON object, or "-" for one on standard input, may hold fields as well; --json prints JSON.';
  if (tool.effect !== 'destroy') return json;
  return `${json} This tool destroys something for good: it asks first, unless --yes is given.`;
}

/** Flag and explanation side by side, or one below the other where the flag is long. */
function describeAll(fields: readonly FieldSchema[], columns: number): string[] {
  return fields.flatMap(field => {
    const left = `  ${field.flag}${placeholder(field)}`;
    const right = wrapText(explain(field), Math.max(20, columns - leftColumns));
    const beside = left.length < leftColumns - 1;
    const [first = '', ...others] = beside ? right : ['', ...right];
    const indent = ' '.repeat(leftColumns);
    return [`${left.padEnd(leftColumns)}${first}`.trimEnd(), ...others.map(line => `${indent}${line}`)];
  });
}

function placeholder(field: FieldSchema): string {
  if (field.kind === 'boolean') return '';
  if (field.choices !== undefined) return ` <${field.choices.join('|')}>`;
  if (field.name.endsWith('Bytes')) return ' <size>';
  return ` <${field.kind === 'list' ? `${field.items ?? 'json'}>…` : `${field.kind}>`}`;
}

function explain(field: FieldSchema): string {
  // From here nobody gives up before the end unless told to.
  if (field.name === 'wait') return 'Seconds to wait; what has not ended then is cancelled. Default: no limit.';
  const standard = field.defaultValue === undefined || field.defaultValue === false ? '' : defaultText(field);
  return [field.required ? 'Needed.' : '', field.description, standard].filter(Boolean).join(' ');
}

function defaultText(field: FieldSchema): string {
  return field.description.includes('Default:') ? '' : `Default: ${JSON.stringify(field.defaultValue)}.`;
}
