import type { JsonSchema } from '../json-schema.ts';
import { bytesScript, plainScript, plainText } from './cell-script.ts';
import { type Field, listFields, wordsOf } from './field.ts';

/** How a view shows a field: as it is, or by a script. */
export interface Cell {
  readonly label: string;
  readonly width: number;
  readonly right: boolean;
  /** True for what may be long: it takes what is left of the line. */
  readonly long: boolean;
  readonly script: string | undefined;
}

export function toCell({ name, schema }: Field): Cell {
  const label = labelOf(name, schema);
  const kind = kindOf(name, schema);
  return {
    label,
    width: Math.max(label.length, widthOf(name, schema)),
    right: schema.type === 'integer' || schema.type === 'number',
    long: longTexts.has(name),
    script: kind === undefined ? undefined : [readValue(name), ...kind].join('\n'),
  };
}

function labelOf(name: string, schema: JsonSchema): string {
  const known = labels[name];
  if (known !== undefined) return known;
  const short = schema.unit === 'bytes' ? name.replace(/(?<=.)Bytes$/, '') : name;
  return short.charAt(0).toUpperCase() + short.slice(1);
}

const labels: Readonly<Record<string, string>> = { cpus: 'CPUs', vm: 'VM', vms: 'VMs' };

/** A property that is not there is nothing, under strict mode as well. */
function readValue(name: string): string {
  return `$property = $_.psobject.Properties['${name}']; if ($null -eq $property -or $null -eq $property.Value) { return }; $value = $property.Value`;
}

const percent = ["'{0:0} %' -f (100 * $value)"];

/** Yes or no where one of them is what was hoped for. */
const hopes = new Set('passed valid intact available usable bootable unchanged readable verified'.split(' '));
const colours: readonly (readonly [code: number, words: readonly string[]])[] = [
  [32, 'running succeeded login graphical_login desktop agent_ready True'.split(' ')],
  [33, 'paused saved starting stopping unknown cancelled inconclusive disk_check updating warning'.split(' ')],
  [
    31,
    'failed False error no_boot_device bootloader_error kernel_panic blue_screen emergency_shell recovery bitlocker_recovery reboot_loop frozen host_fault'.split(
      ' ',
    ),
  ],
];

/** Colours only where a terminal shows them: such cells are measured without their codes from PowerShell 7.2 on. */
function coloured(words: readonly string[] | undefined): readonly string[] | undefined {
  const choices = colours.flatMap(([code, all]) => {
    const possible = words === undefined ? all : all.filter(word => words.includes(word));
    return possible.length === 0 ? [] : [`if ($text -cmatch '^(${possible.join('|')})$') { ${code} }`];
  });
  if (choices.length === 0) return undefined;
  // Words of a closed list need no look.
  const plain = words === undefined ? `return & { ${plainText.join('; ')} }` : 'return $text';
  return [
    "$text = '' + $value; $style = $ExecutionContext.SessionState.PSVariable.GetValue('PSStyle')",
    "if ($null -eq $style -or -not $Host.UI.SupportsVirtualTerminal -or ('' + $style.OutputRendering) -eq 'PlainText') { " +
      `${plain} }`,
    `$colour = ${choices.join(' else')} else { ${plain} }`,
    "[char]27 + '[' + $colour + 'm' + $text + [char]27 + '[0m'",
  ];
}

/** What a coloured cell can read; a verdict is its state. */
function wordsOfCell(schema: JsonSchema): readonly string[] | undefined {
  if (schema.type === 'boolean') return ['True', 'False'];
  const state = listFields(schema).find(({ name }) => name === 'state');
  return wordsOf(state?.schema ?? schema);
}

function kindOf(name: string, schema: JsonSchema): readonly string[] | undefined {
  if (schema.unit === 'bytes') return bytesScript;
  if (schema.unit === 'fraction') return percent;
  const speaks = ['state', 'verdict', 'severity'].includes(name) || (schema.type === 'boolean' && hopes.has(name));
  if (speaks) return coloured(wordsOfCell(schema));
  return plainScript(schema);
}

function widthOf(name: string, schema: JsonSchema): number {
  if (schema.unit === 'bytes') return 9;
  if (schema.unit === 'fraction') return 6;
  if (schema.type === 'boolean') return 5;
  // As long as the times of any culture are: 12/31/2026 12:00:00 PM.
  if (schema.format === 'date-time') return 22;
  if (name === 'cpus') return 4;
  if (schema.type === 'integer' || schema.type === 'number') return Math.min(7, String(schema.maximum ?? 1e7).length);
  const words = wordsOf(schema);
  if (words !== undefined) return Math.max(...words.map(word => word.length));
  return widths[name] ?? 16;
}

const widths: Readonly<Record<string, number>> = {
  name: 24,
  id: 24,
  verdict: 18,
  machine: 7,
  bus: 7,
  mac: 17,
  address: 39,
  addresses: 32,
  machines: 32,
  node: 12,
  source: 12,
  what: 30,
  image: 32,
  path: 40,
};

const longTexts = new Set('path image file folder message detail reason summary what id'.split(' '));
