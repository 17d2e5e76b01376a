import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';

export interface CallParams {
  readonly input: Readonly<Record<string, unknown>>;
  /** Under which progress is wanted, as in the Language Server Protocol. */
  readonly workDoneToken?: string | number | undefined;
}

/**
 * The input of a tool from the params of a request: an object, or an array of one object, as some libraries make of it.
 * Throws `invalid` for every other shape.
 */
export function parseParams(method: string, rawParams: unknown): CallParams {
  const { workDoneToken, ...input } = toRecord(method, rawParams);
  if (workDoneToken === undefined || typeof workDoneToken === 'string' || typeof workDoneToken === 'number') {
    return { input, workDoneToken };
  }
  throw new Fault('invalid', `The workDoneToken of ${method} has to be a string or a number.`, {
    data: { field: 'workDoneToken' },
  });
}

/** What `rpc.plan` takes: the method that would be called, and its params. Throws `invalid` that names the field. */
export function parsePlanParams(rawParams: unknown): { method: string; params: Readonly<Record<string, unknown>> } {
  const { method, params, ...others } = toRecord('rpc.plan', rawParams);
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrongPlan(other, `rpc.plan takes no "${escapeControls(other.slice(0, 100))}".`);
  if (typeof method !== 'string') throw wrongPlan('method', 'The method to be planned is missing.');
  return { method, params: parseParams(method, params).input };
}

function wrongPlan(field: string, message: string): Fault {
  return new Fault('invalid', message, {
    remedy: 'Send {"method": "vm.stop", "params": {"vm": "web"}}.',
    data: { field },
  });
}

/** Named fields from params: an object, a list of one object, or none. Throws `invalid` for every other shape. */
export function toRecord(method: string, rawParams: unknown): Readonly<Record<string, unknown>> {
  const [first, second] = Array.isArray(rawParams) ? rawParams : [rawParams];
  if (second === undefined && (first === undefined || first === null)) return {};
  if (second === undefined && typeof first === 'object' && !Array.isArray(first))
    return first as Record<string, unknown>;
  throw new Fault('invalid', `The params of ${method} have to be one object with named fields.`, {
    remedy: `See rpc.discover or: vmbridge call ${method} --help`,
    data: { field: '' },
  });
}
