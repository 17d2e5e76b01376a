import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { findEntry } from '../../tool-list.ts';
import { fieldSchemas } from '../fields/field-schemas.ts';
import { parseSize } from '../fields/parse-size.ts';

type ProveInput = ToolInput<'image.prove'>;
type CommonField = 'format' | 'parents' | 'firmware' | 'machine' | 'bus' | 'cpus' | 'accelerator' | 'network';

/** Fields of image.boot and image.prove alike; undefined means the tool's own default. */
export type BootInput = {
  readonly [Field in CommonField | 'memoryBytes' | 'limitSeconds']?: ProveInput[Field] | undefined;
};

/** The same as they are typed. */
export type BootWords = Pick<BootInput, CommonField> & { readonly memory?: number; readonly limit?: number };

// The short name of a field where the verbs differ from the tool.
const flags: readonly (readonly [flag: string, field: string])[] = [
  ['--format <format>', 'format'],
  ['--firmware <kind>', 'firmware'],
  ['--bus <bus>', 'bus'],
  ['--machine <type>', 'machine'],
  ['--memory <size>', 'memoryBytes'],
  ['--cpus <count>', 'cpus'],
  ['--accelerator <name>', 'accelerator'],
  ['--network <kind>', 'network'],
  ['--limit <seconds>', 'limitSeconds'],
];

/** Gives a command the options of a boot; choices, defaults and words come from the tool's schema. */
export function addBootOptions(command: Command): Command {
  const fields = fieldSchemas(findEntry('image.prove')?.mcp.inputSchema ?? {});
  for (const [flag, name] of flags) {
    const field = fields.find(candidate => candidate.name === name);
    const option = new Option(flag, describe(field?.description ?? '', field?.choices));
    if (field?.kind === 'integer') option.argParser(name === 'memoryBytes' ? parseMemory : parseCount);
    command.addOption(field?.choices === undefined ? option : option.choices(field.choices));
  }
  return command.addOption(parentsOption());
}

/** Parents of an image, which is given once for each. */
export function parentsOption(): Option {
  return new Option(
    '--parents <path>',
    'a parent of the image, or a folder that holds it; may be given again',
  ).argParser((rawPath: string, before: string[] | undefined) => [...(before ?? []), path.resolve(rawPath)]);
}

/** The fields of the tool from what commander read. */
export function toBootInput(options: BootWords): BootInput {
  const { format, parents, firmware, bus, machine, accelerator, network, cpus, memory, limit } = options;
  return {
    format,
    parents,
    firmware,
    bus,
    machine,
    accelerator,
    network,
    cpus,
    memoryBytes: memory,
    limitSeconds: limit,
  };
}

/** The absolute path of an image: a relative one means the folder in which the command was given. */
export function imagePath(rawPath: string): string {
  // path.resolve would make the present folder of it.
  if (rawPath === '') throw new Fault('invalid', 'The path of the image is empty.', { data: { field: 'image' } });
  return path.resolve(rawPath);
}

/** A whole number for commander. */
export function parseCount(rawCount: string): number {
  if (/^\d{1,15}$/.test(rawCount)) return Number(rawCount);
  throw new InvalidArgumentError('It has to be a whole number.');
}

function parseMemory(rawSize: string): number {
  return parseSize('--memory', rawSize);
}

function describe(description: string, choices: readonly string[] | undefined): string {
  // commander lists the choices behind the description itself.
  return choices === undefined ? description : description.replace(/\.$/, '');
}
