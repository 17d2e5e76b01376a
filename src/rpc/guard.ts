import { Fault } from '../errors/fault.ts';
import { matchName } from '../inventory/name-pattern.ts';
import { type DoorName, isPersonal } from '../model/call.ts';
import type { Effect, Tool } from '../tools/define-tool.ts';
import { effectOfCall } from '../tools/derive/effect-of-call.ts';

/** What narrows the tools and machines of one process. */
export interface GuardSettings {
  readonly readOnly: boolean;
  /** Undefined: every group. */
  readonly groups: readonly string[] | undefined;
  /** Lists of patterns of ids or names: a machine must match one pattern of each list. Empty: every machine. */
  readonly machines: readonly (readonly string[])[];
}

export interface GuardedTool {
  readonly id: string;
  readonly group: string;
  readonly effect: Effect;
}

/** Why the tool is not offered in this process, or undefined when it is. */
export function refuseTool(settings: GuardSettings, tool: GuardedTool): Fault | undefined {
  if (settings.groups !== undefined && !settings.groups.includes(tool.group)) {
    return new Fault('denied', `The tool ${tool.id} belongs to the group "${tool.group}", which is not offered here.`, {
      remedy: `Add "${tool.group}" to --groups and to "groups" in the configuration, whichever is set.`,
      data: { tool: tool.id, group: tool.group },
    });
  }
  if (settings.readOnly && tool.effect !== 'read' && tool.id !== 'operation.cancel') {
    return new Fault('denied', `The tool ${tool.id} is refused: vmbridge was started read-only.`, {
      remedy: 'Start vmbridge without --read-only and without "readOnly" in its configuration.',
      data: { tool: tool.id, effect: tool.effect },
    });
  }
  return undefined;
}

/** Why a read that would write a file is refused, or undefined when it is not: looking is allowed where nothing may change. */
export function refuseNewFile(
  settings: GuardSettings,
  tool: Pick<Tool, 'id' | 'effect' | 'newFile'>,
  input: unknown,
): Fault | undefined {
  if (!settings.readOnly || effectOfCall(tool, input) === tool.effect) return undefined;
  return new Fault('denied', `${tool.id} writes no file here: vmbridge was started read-only.`, {
    remedy: `Leave "${tool.newFile}" out, or start vmbridge without --read-only and without "readOnly" in its configuration.`,
    data: { tool: tool.id, field: tool.newFile },
  });
}

/**
 * A destructive call needs a person. At the command line, or in a shell that asks itself, the person is the caller; over a protocol it may be a model,
 * and no field that the model itself fills in would make it one.
 */
export function refuseWithoutPerson(tool: GuardedTool, door: DoorName, input: unknown): Fault | undefined {
  if (tool.effect !== 'destroy' || isPersonal(door)) return undefined;
  return new Fault('approval_required', `${tool.id} destroys something for good and needs a person's approval.`, {
    remedy: `Ask a person to run: vmbridge call ${tool.id} '${quotableJson(withoutWait(input))}'`,
    data: { tool: tool.id, effect: tool.effect },
  });
}

/** A command ends what it waited for: the seconds that suit a protocol would cut the work short. */
function withoutWait(input: unknown): unknown {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'wait'));
}

/**
 * JSON for a person to paste between single quotes: what any shell could act upon is written as `\\uNNNN`, since names
 * in it may come from a model, and a quote among them must not end the argument.
 */
function quotableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\w .,:/{}[\]"\\-]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether a machine may be shown or touched: its id or its name matches one of the patterns. */
export function allowsMachine(settings: GuardSettings, machine: { id: string; name?: string | undefined }): boolean {
  const words = machine.name === undefined ? [machine.id] : [machine.id, machine.name];
  return settings.machines.every(patterns => patterns.some(pattern => words.some(matchName(pattern))));
}

export function refusedMachine(reference: string): Fault {
  return new Fault('denied', `The machine "${reference}" is not on the list of machines allowed here.`, {
    remedy: 'Cover it with a pattern of --machines and of "machines" in the configuration, whichever is set.',
    data: { field: 'vm' },
  });
}
