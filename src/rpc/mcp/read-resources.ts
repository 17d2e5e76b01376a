import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import type { ListedMachine } from '../../model/inventory.ts';
import type { Bridge, Caller } from '../bridge.ts';
import { asFault } from '../faults.ts';

/** All machines, as vm.list tells them. */
export const machinesUri = 'vmbridge://machines';
/** One machine, by id or unique name, as vm.get tells it. */
const machineStart = 'vmbridge://machine/';
const mimeType = 'application/json';
const pageSize = 200;
/** A resource that is read costs a model as much as an answer. */
const mostMachines = 1000;

export function machineUri(id: string): string {
  return `${machineStart}${encodeURIComponent(id)}`;
}

/** The machine that a URI names; undefined for the URI of all. Throws for what is no resource here. */
export function requireResource(uri: string): string | undefined {
  if (uri === machinesUri) return undefined;
  if (uri.startsWith(machineStart) && uri.length > machineStart.length) {
    try {
      return decodeURIComponent(uri.slice(machineStart.length));
    } catch {
      // A percent sign that encodes nothing.
    }
  }
  throw new ResourceNotFoundError(uri.slice(0, 600));
}

/** The list as a resource, then each machine; page by page. */
export async function listResources(bridge: Bridge, cursor: string | undefined, caller: Caller) {
  const offset = parseCursor(cursor);
  const fields = ['name', 'state'];
  const { machines, total } = await listMachines(bridge, { fields, limit: pageSize, offset }, caller);
  const all = { uri: machinesUri, name: 'machines', title: 'All machines', mimeType };
  const next = offset + machines.length;
  return {
    resources: [
      ...(offset === 0 ? [all] : []),
      ...machines.map(({ id, name = id, state }) => ({
        uri: machineUri(id),
        name,
        description: `Machine ${id}, ${state}.`,
        mimeType,
      })),
    ],
    ...(machines.length > 0 && next < total ? { nextCursor: String(next) } : {}),
  };
}

export function listTemplates() {
  const description = 'Present state of one machine, by its id or unique name.';
  return { resourceTemplates: [{ uriTemplate: `${machineStart}{id}`, name: 'machine', description, mimeType }] };
}

export async function readResource(bridge: Bridge, uri: string, caller: Caller) {
  const vm = requireResource(uri);
  const found =
    vm === undefined
      ? await listMachines(bridge, { limit: mostMachines }, caller)
      : await guarded(uri, () => bridge.call('vm.get', { vm }, caller));
  return { contents: [{ uri, mimeType, text: JSON.stringify(found) }] };
}

async function listMachines(bridge: Bridge, input: object, caller: Caller) {
  const answer = await guarded(machinesUri, () => bridge.call('vm.list', input, caller));
  return answer as { machines: ListedMachine[]; total: number };
}

/** A Fault as an error of the protocol, which has no results for those. */
async function guarded<Answer>(uri: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    const { code, message, remedy } = asFault(error, `Reading ${uri}`);
    if (code === 'not_found') throw new ResourceNotFoundError(uri, message);
    throw new ProtocolError(ProtocolErrorCode.InternalError, message, { code, remedy });
  }
}

function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is none that was given out.');
}
