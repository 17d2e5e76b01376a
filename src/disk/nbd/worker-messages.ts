import { Fault, type FaultCode } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';
import type { ExportAddress, WantedAddress } from './serve-image.ts';

/** What the thread of an export is started with. */
export interface ExportRequest {
  readonly path: string;
  readonly format: ImageFormat;
  readonly parents: readonly string[];
  readonly address: WantedAddress;
}

export interface ExportReady {
  readonly kind: 'ready';
  readonly address: ExportAddress;
  readonly name: string;
  readonly virtualSize: number;
  readonly sectorSize: number;
  readonly parents: readonly string[];
}

/** What it says: that clients can come, or that they never will, and what could not be read since. */
export type WorkerMessage =
  | ExportReady
  | { readonly kind: 'refused'; readonly fault: FaultFacts }
  | { readonly kind: 'fault'; readonly fault: FaultFacts };

/** What it is told: nothing but to end. */
export const closeMessage = 'close';

/** A Fault as it goes from one thread to another: there its class would be lost. */
export interface FaultFacts {
  readonly code: FaultCode;
  readonly message: string;
  readonly remedy: string | undefined;
  /** JSON: whatever a Fault carries, this can always be sent. */
  readonly data: string | undefined;
  readonly cause: string | undefined;
}

export function faultFacts(error: unknown, path: string): FaultFacts {
  const fault =
    error instanceof Fault ? error : new Fault('failed', `Opening "${path}" failed.`, { data: { path }, cause: error });
  const { code, message, remedy, data, cause } = fault;
  return { code, message, remedy, data: toJson(data), cause: cause === undefined ? undefined : String(cause) };
}

function toJson(data: Fault['data']): string | undefined {
  return JSON.stringify(data, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}

export function faultOf({ code, message, remedy, data, cause }: FaultFacts): Fault {
  return new Fault(code, message, { remedy, data: data === undefined ? undefined : JSON.parse(data), cause });
}
