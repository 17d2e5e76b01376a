import type { Cmdlet } from './cmdlet.ts';
import { exampleLine } from './example-line.ts';
import type { Reference } from './field.ts';
import { parameterText } from './parameter-texts.ts';
import type { Parameter } from './parameters.ts';
import type { ShellWords } from './shell-words.ts';

export interface HelpTexts {
  readonly synopsis: string;
  readonly description: readonly string[];
  readonly parameters: readonly { readonly parameter: Parameter; readonly text: string }[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly examples: readonly { readonly title: string; readonly code: string }[];
  readonly links: readonly string[];
}

/** What the help of a cmdlet says, whichever form it is written in. */
export function helpTexts(cmdlet: Cmdlet, all: readonly Cmdlet[], words: ShellWords): HelpTexts {
  const { tools, parameters, outputs } = cmdlet;
  return {
    synopsis: words(tools.map(({ summary }) => summary).join(' ')),
    description: [
      ...tools.flatMap(({ summary, description }) => [summary, ...(description ? [description] : [])]),
      ...notes(cmdlet),
    ].map(words),
    parameters: parameters.map(parameter => ({ parameter, text: words(describe(cmdlet.name, parameter)) })),
    inputs: inputsOf(parameters),
    outputs: outputs.length === 0 ? ['None'] : outputs,
    examples: tools.flatMap(tool =>
      tool.examples.map(({ title, input }) => ({ title: words(title), code: exampleLine(tool, input) })),
    ),
    links: [...related(cmdlet, all), 'about_VmBridge'],
  };
}

function notes({ tools, paged }: Cmdlet): string[] {
  return [
    ...(tools.some(({ long }) => long) ? [longNote] : []),
    ...(paged ? ['-First and -Skip ask for a part; without them all pages are fetched as they are needed.'] : []),
  ];
}

const longNote =
  'It shows its progress and waits until it is done. Ctrl+C cancels it and waits until what it had made is gone. With -NoWait it goes on as an operation.';

function describe(cmdlet: string, { name, description, words, refersTo, wildcards }: Parameter): string {
  const known = refersTo === undefined ? undefined : references[refersTo];
  const said = description || parameterText(cmdlet, name) || known || `${wordsOf(name)}.`;
  return [
    said,
    ...(words !== undefined ? [`One of: ${words.join(', ')}.`] : []),
    ...(wildcards && refersTo !== undefined ? ['Wildcards are allowed.'] : []),
  ].join(' ');
}

const references: Readonly<Record<Reference, string>> = {
  machine: 'Id of the machine, or its unique name.',
  checkpoint: 'Id of the checkpoint, or its unique name.',
  network: 'Name or id of the network.',
  provider: 'Id of the provider.',
  operation: 'Id of the operation.',
  proof: 'Id of the proof.',
  host: 'Name of the host.',
  credential: 'Name of the secret.',
  node: 'Name of the node.',
  storage: 'Name of the storage.',
  volume: 'Id of the volume.',
  task: 'Id of the task.',
  approval: 'Id of the approval.',
  file: 'Path of the file.',
  newFile: 'Path of what is made. Nothing is replaced.',
  folder: 'Path of the folder.',
};

/** `TimeoutSeconds` gives "Timeout seconds". */
function wordsOf(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
}

const inputTypes: Readonly<Record<string, string>> = {
  machine: 'VmBridge.Machine',
  checkpoint: 'VmBridge.Checkpoint',
  network: 'VmBridge.Network',
  operation: 'VmBridge.Operation',
  proof: 'VmBridge.ProofSummary',
  host: 'VmBridge.Host',
  credential: 'VmBridge.Credential',
  volume: 'VmBridge.StorageVolume',
  task: 'VmBridge.Task',
  approval: 'VmBridge.Approval',
};

function inputsOf(parameters: readonly Parameter[]): string[] {
  const piped = parameters.find(({ pipeline }) => pipeline);
  if (piped === undefined) return ['None'];
  const type = inputTypes[piped.refersTo ?? ''];
  return ['System.String', ...(type === undefined ? [] : [type])];
}

/** The other cmdlets of the same noun. */
function related({ name }: Cmdlet, all: readonly Cmdlet[]): string[] {
  const noun = name.split('-')[1];
  return all.map(other => other.name).filter(other => other !== name && other.split('-')[1] === noun);
}
