import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { ConnectError } from './connect-error.ts';
import type { EncodedRequest } from './encode-request.ts';
import type { ClusterNode } from './node-ring.ts';

/** What a Fault about a request that got no answer is made of. */
export interface Delivery {
  readonly host: string;
  readonly request: EncodedRequest;
  /** Whether it changes nothing, or may be sent twice. */
  readonly repeatable: boolean;
}

const lookFirst = 'See the state, and the tasks of the cluster (GET /cluster/tasks), before it is asked for again.';

/** No address of the host could be connected to. */
export function unreachableFault({ host, request }: Delivery, failed: ReadonlyMap<ClusterNode, ConnectError>): Fault {
  const errors = [...failed.values()];
  // A certificate that nobody trusts says more than a node that is off.
  const telling = errors.find(({ fault }) => fault !== undefined)?.fault;
  if (telling !== undefined) return telling.with({ data: { ...telling.data, host } });
  const addresses = Array.from(failed, ([{ address }, { code }]) => ({ address: address.text, reason: code }));
  const names = addresses.map(({ address }) => address).join(', ');
  const late = errors.every(({ code }) => code === 'TIMEOUT');
  const message = late ? `gives no connection at ${names}` : `can not be reached at ${names}`;
  return new Fault(late ? 'timeout' : 'unavailable', `The host "${host}" ${message}.`, {
    remedy: `See whether it is on, and whether the addresses are right: vmbridge host test ${host}`,
    data: { host, addresses, request: describe(request) },
    cause: errors.at(-1),
  });
}

export function answerTimeoutFault({ host, request, repeatable }: Delivery, { address }: ClusterNode): Fault {
  const what = `${request.method} ${request.path}`;
  return new Fault(
    'timeout',
    `${address.text} did not answer ${what} in time.${repeatable ? '' : ' It may have been carried out.'}`,
    {
      remedy: repeatable ? `Ask again, or give the host "${host}" more time: timeoutSeconds.` : lookFirst,
      data: { host, address: address.text, request: describe(request), ...doubt(repeatable) },
    },
  );
}

/** The connection ended before the answer had come. */
export function brokenFault({ host, request, repeatable }: Delivery, { address }: ClusterNode, cause: unknown): Fault {
  const what = `${request.method} ${request.path}`;
  const data = { host, address: address.text, request: describe(request), reason: codeOf(cause), ...doubt(repeatable) };
  if (codeOf(cause) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new Fault('failed', `The answer of ${address.text} to ${what} is too big.`, {
      remedy: lookFirst,
      data,
      cause,
    });
  }
  return repeatable
    ? new Fault('unavailable', `${address.text} broke the connection before it answered ${what}.`, {
        remedy: 'Ask again in a moment. A proxy that wants a client certificate may do this too.',
        data,
        cause,
      })
    : new Fault('host_fault', `The answer of ${address.text} to ${what} was lost: it may have been carried out.`, {
        remedy: lookFirst,
        data,
        cause,
      });
}

export function cancelledRequestFault({ host, request, repeatable }: Delivery, signal: AbortSignal): Fault {
  const fault = cancelledFault(signal, `${request.method} ${request.path}`);
  if (repeatable || fault.data !== undefined) return fault;
  return fault.with({ data: { host, request: describe(request), ...doubt(false) } });
}

function doubt(repeatable: boolean): Record<string, true> {
  return repeatable ? {} : { mayHaveBeenCarriedOut: true };
}

function describe({ method, path }: EncodedRequest): { method: string; path: string } {
  return { method, path };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
