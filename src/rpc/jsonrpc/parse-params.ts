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

function toRecord(method: string, rawParams: unknown): Readonly<Record<string, unknown>> {
  const [first, second] = Array.isArray(rawParams) ? rawParams : [rawParams];
  if (second === undefined && (first === undefined || first === null)) return {};
  if (second === undefined && typeof first === 'object' && !Array.isArray(first))
    return first as Record<string, unknown>;
  throw new Fault('invalid', `The params of ${method} have to be one object with named fields.`, {
    remedy: `See rpc.discover or: vmbridge call ${method} --help`,
    data: { field: '' },
  });
}
