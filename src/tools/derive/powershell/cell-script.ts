import type { JsonSchema } from '../json-schema.ts';
import { itemsOf, listFields } from './field.ts';

/** What steers a terminal, or turns the direction of what follows. Lines and tabs of a longer text stay. */
const controls = String.raw`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)`;

/** Names come from anywhere: what steers a terminal is shown, not obeyed. */
export const plainText: readonly string[] = [
  `$bad = '${controls}'`,
  'if ($text -notmatch $bad) { return $text }',
  "[regex]::Replace($text, $bad, { '\\u{0:x4}' -f [int][char]$args[0].Value })",
];

export const bytesScript: readonly string[] = [
  '$size = [double]$value; $unit = 0',
  'while ($size -ge 1024 -and $unit -lt 5) { $size /= 1024; $unit++ }',
  "'{0:0.#} {1}' -f $size, ('B', 'KB', 'MB', 'GB', 'TB', 'PB')[$unit]",
];

/** A text, or an object by its own ToString. */
const textScript: readonly string[] = ["$text = '' + $value", ...plainText];

/** One by one, so that the list is shown as PowerShell shows lists. */
function listScript(item: readonly string[]): readonly string[] {
  const each = ['$clean = {', ...plainText.map(line => `  ${line}`), '}'];
  return [...each, `, @(foreach ($one in $value) { ${item.join('; ')}; & $clean })`];
}

/** What has no name of its own, and may hold anything: as pairs, since nobody reads the notation of a hashtable. */
function pairsScript(schema: JsonSchema): readonly string[] {
  const sizes = [...new Set(sizesIn(schema))];
  const names = sizes.map(name => `'${name}'`).join(', ');
  const scaled = `if ($pair.Name -in ${names}) { $value = $pair.Value; & { ${bytesScript.join('; ')} } } else { & $show $pair.Value }`;
  return pairs(sizes.length === 0 ? '(& $show $pair.Value)' : `$(${scaled})`);
}

/** The names of all fields that count bytes, however deep they stand. */
function sizesIn(schema: JsonSchema): string[] {
  const fields = listFields(itemsOf(schema) ?? schema);
  return fields.flatMap(({ name, schema: field }) => (field.unit === 'bytes' ? [name] : sizesIn(field)));
}

const pairs = (told: string): readonly string[] => [
  '$show = {',
  '  param($one)',
  "  if ($one -is [array]) { return '[' + (@(foreach ($each in $one) { & $show $each }) -join ', ') + ']' }",
  '  $pairs = $null',
  '  if ($one -is [System.Collections.IDictionary]) { $pairs = @($one.GetEnumerator()) }',
  "  elseif ($null -ne $one -and $one.psobject.BaseObject -is [System.Management.Automation.PSCustomObject] -and $one.psobject.Methods['ToString'] -isnot [psscriptmethod]) { $pairs = @($one.psobject.Properties) }",
  "  if ($null -eq $pairs) { return '' + $one }",
  `  @(foreach ($pair in $pairs) { $pair.Name + '=' + ${told} }) -join '; '`,
  '}',
];

/** The field that an item without a name is told by, and what is told of it. */
function nameOfItem(schema: JsonSchema): string | undefined {
  const names = new Set(listFields(schema).map(({ name }) => name));
  return ['path', 'summary', 'message', 'name', 'hostPort'].find(name => names.has(name));
}

/** The script of a cell that may hold text from anywhere; none for numbers, times, and words of a closed list. */
export function plainScript(schema: JsonSchema): readonly string[] | undefined {
  const items = itemsOf(schema);
  const one = items ?? schema;
  if (one.enum !== undefined || one.format === 'date-time') return undefined;
  if (one.type === 'boolean' || one.type === 'integer' || one.type === 'number') return undefined;
  // The words of a command are one text.
  const isText = one.type === 'string' || typeof one.title === 'string' || itemsOf(one)?.type === 'string';
  if (isText) return items === undefined ? textScript : listScript(["$text = '' + $one"]);
  const name = items === undefined ? undefined : nameOfItem(items);
  if (items !== undefined && name !== undefined) return listScript(itemText(items, name));
  return items === undefined
    ? [...pairsScript(one), '$text = & $show $value', ...plainText]
    : [...pairsScript(one), ...listScript(['$text = & $show $one'])];
}

/** `/a/b (not readable)`: the reason with it, where there is one. */
function itemText(items: JsonSchema, name: string): string[] {
  const hasReason = listFields(items).some(field => field.name === 'reason' && field.required);
  return [hasReason ? `$text = '' + $one.${name} + ' (' + $one.reason + ')'` : `$text = '' + $one.${name}`];
}
