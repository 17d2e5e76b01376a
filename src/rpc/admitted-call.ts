import type { BridgeServices } from '../bridge/bridge-services.ts';
import { tools } from '../catalog/tools.ts';
import { cancelledFault, Fault } from '../errors/fault.ts';
import type { Effect, Tool } from '../tools/define-tool.ts';
import { effectOfCall } from '../tools/derive/effect-of-call.ts';
import { wireInput } from '../tools/derive/wire-schemas.ts';
import type { Caller } from './bridge.ts';
import { type GuardSettings, refuseAtDoor, refuseChange, refuseTool } from './guard.ts';
import { parseInput } from './parse-input.ts';

type Input = Record<string, unknown>;

/** A call that the guard lets through, but for a person's approval. */
export interface AdmittedCall {
  readonly tool: Tool;
  readonly input: Input;
  /** Seconds until only the operation is returned. */
  readonly wait: number;
  readonly checkpointFirst: boolean;
  /** What is done in the end: the call itself, or the one that undoes another. */
  readonly act: { readonly tool: Tool; readonly input: Input };
  readonly effect: Effect;
}

const schemas = new Map<string, ReturnType<typeof wireInput>>();

/** The checked call, or the Fault by which it is refused. */
export async function admitCall(
  guard: GuardSettings,
  { undo }: Pick<BridgeServices, 'undo'>,
  tool: Tool,
  rawInput: unknown,
  caller: Pick<Caller, 'door' | 'signal'>,
): Promise<AdmittedCall> {
  throwIfRefused(refuseTool(guard, tool) ?? refuseAtDoor(tool, caller.door, rawInput));
  const { wait, checkpointFirst, ...input } = parseInput(tool.id, schemaOf(tool), rawInput);
  throwIfRefused(refuseChange(guard, tool, input));
  if (caller.signal.aborted) throw cancelledFault(caller.signal, `The call of ${tool.id}`);
  const act = tool.id === 'operation.undo' ? await findInverse(guard, undo, input, caller) : { tool, input };
  const effect = effectOfCall(act.tool, act.input);
  return { tool, input, wait: Number(wait), checkpointFirst: checkpointFirst === true, act, effect };
}

/** A record tells what undoes the change; the guard looks at it as at any call. */
async function findInverse(
  guard: GuardSettings,
  undo: BridgeServices['undo'],
  { handle }: Input,
  { door }: Pick<Caller, 'door'>,
): Promise<AdmittedCall['act']> {
  const { inverse } = await undo.get(String(handle));
  const tool = findTool(inverse.tool);
  throwIfRefused(refuseTool(guard, tool) ?? refuseAtDoor(tool, door, inverse.input));
  const input = parseInput(tool.id, tool.input, inverse.input);
  throwIfRefused(refuseChange(guard, tool, input));
  return { tool, input };
}

function throwIfRefused(refusal: Fault | undefined): void {
  if (refusal !== undefined) throw refusal;
}

function schemaOf(tool: Tool): ReturnType<typeof wireInput> {
  let schema = schemas.get(tool.id);
  if (schema === undefined) {
    schema = wireInput(tool);
    schemas.set(tool.id, schema);
  }
  return schema;
}

export function findTool(id: string): Tool {
  const known: Readonly<Record<string, Tool>> = tools;
  const tool = Object.hasOwn(known, id) ? known[id] : undefined;
  if (tool !== undefined) return tool;
  throw new Fault('not_found', `There is no tool "${id.slice(0, 100)}".`, {
    remedy: 'See "vmbridge tools" for those there are.',
    data: { field: 'tool' },
  });
}
