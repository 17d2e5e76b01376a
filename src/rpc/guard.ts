import { Fault } from '../errors/fault.ts';
import { matchName } from '../inventory/name-pattern.ts';
import { type DoorName, isPersonal } from '../model/call.ts';
import type { Effect, EffectBy, Tool } from '../tools/define-tool.ts';
import { canRead, effectOfCall } from '../tools/derive/effect-of-call.ts';
import { commandForPerson } from './command-for-person.ts';

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
  readonly effectBy?: EffectBy | undefined;
  readonly doors?: 'people' | undefined;
}

/** Why the tool is not offered in this process, or undefined when it is. */
export function refuseTool(settings: GuardSettings, tool: GuardedTool): Fault | undefined {
  if (settings.groups !== undefined && !settings.groups.includes(tool.group)) {
    return new Fault('denied', `The tool ${tool.id} belongs to the group "${tool.group}", which is not offered here.`, {
      remedy: `Add "${tool.group}" to --groups and to "groups" in the configuration, whichever is set.`,
      data: { tool: tool.id, group: tool.group },
    });
  }
  if (settings.readOnly && !canRead(tool) && tool.id !== 'operation.cancel') {
    return new Fault('denied', `The tool ${tool.id} is refused: vmbridge was started read-only.`, {
      remedy: 'Start vmbridge without --read-only and without "readOnly" in its configuration.',
      data: { tool: tool.id, effect: tool.effect },
    });
  }
  return undefined;
}

/** Why a call that would change something is refused, or undefined when it is not: looking is allowed where nothing may change. */
export function refuseChange(settings: GuardSettings, tool: Tool, input: unknown): Fault | undefined {
  if (!settings.readOnly || tool.id === 'operation.cancel') return undefined;
  const effect = effectOfCall(tool, input);
  if (effect === 'read') return undefined;
  const field = tool.newFile ?? tool.effectBy?.field ?? '';
  const remedy = tool.newFile === undefined ? `Call it with a "${field}" that changes nothing` : `Leave "${field}" out`;
  return new Fault(
    'denied',
    `${tool.id} ${tool.newFile === undefined ? 'changes nothing' : 'writes no file'} here: vmbridge was started read-only.`,
    {
      remedy: `${remedy}, or start vmbridge without --read-only and without "readOnly" in its configuration.`,
      data: { tool: tool.id, field, effect },
    },
  );
}

/** Whether those behind a door may see and call a tool at all: some decide about what a model may do, and are for people alone. */
export function isShownAt({ doors }: Pick<GuardedTool, 'doors'>, door: DoorName): boolean {
  return doors !== 'people' || isPersonal(door);
}

/** Why a tool is refused at this door. No field that a model itself fills in would make it a person. */
export function refuseAtDoor(tool: Tool, door: DoorName, input: unknown): Fault | undefined {
  if (isShownAt(tool, door)) return undefined;
  return new Fault('denied', `${tool.id} is for people alone.`, {
    remedy: `Ask a person to run: ${commandForPerson(tool, input)}`,
    data: { tool: tool.id },
  });
}

/** Whether a machine may be shown or touched: its id or its name matches one of the patterns. */
export function allowsMachine(settings: GuardSettings, machine: { id: string; name?: string | undefined }): boolean {
  // Asked for each of ten thousand rows.
  if (settings.machines.length === 0) return true;
  const words = machine.name === undefined ? [machine.id] : [machine.id, machine.name];
  return settings.machines.every(patterns => patterns.some(pattern => words.some(matchName(pattern))));
}

export function refusedMachine(reference: string): Fault {
  return new Fault('denied', `The machine "${reference}" is not on the list of machines allowed here.`, {
    remedy: 'Cover it with a pattern of --machines and of "machines" in the configuration, whichever is set.',
    data: { field: 'vm' },
  });
}
