import { reportFault } from '../bridge/operations/report-fault.ts';
import { escapeControls } from '../errors/escape.ts';
import { Fault, type FaultCode } from '../errors/fault.ts';
import type { FaultReport } from '../model/fault-report.ts';

/**
 * JSON-RPC codes: -32602 and -32800 are those of JSON-RPC and LSP, the rest comes from the range left to
 * implementations.
 */
const jsonRpcCodes: Readonly<Record<FaultCode, number>> = {
  invalid: -32602,
  cancelled: -32800,
  not_found: -32010,
  ambiguous: -32011,
  unavailable: -32012,
  unsupported: -32013,
  conflict: -32014,
  denied: -32015,
  approval_required: -32016,
  timeout: -32017,
  busy: -32018,
  host_fault: -32019,
  failed: -32020,
};

/** PowerShell's ErrorCategory by code, for the generated module. */
export const errorCategories: Readonly<Record<FaultCode, string>> = {
  invalid: 'InvalidArgument',
  cancelled: 'OperationStopped',
  not_found: 'ObjectNotFound',
  ambiguous: 'InvalidArgument',
  unavailable: 'ResourceUnavailable',
  unsupported: 'NotImplemented',
  conflict: 'ResourceExists',
  denied: 'PermissionDenied',
  approval_required: 'SecurityError',
  timeout: 'OperationTimeout',
  busy: 'ResourceBusy',
  host_fault: 'DeviceError',
  failed: 'NotSpecified',
};

export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data: FaultReport;
}

export function toJsonRpcError(fault: Fault): JsonRpcError {
  const data = reportFault(fault);
  return { code: jsonRpcCodes[fault.code], message: data.message, data };
}

export interface McpErrorResult {
  readonly isError: true;
  readonly content: [{ readonly type: 'text'; readonly text: string }];
  readonly structuredContent: { readonly error: FaultReport };
}

/** The text repeats the structure: some clients show a model only the text. */
export function toMcpErrorResult(fault: Fault): McpErrorResult {
  const error = reportFault(fault);
  return {
    isError: true,
    content: [{ type: 'text', text: JSON.stringify({ error }) }],
    structuredContent: { error },
  };
}

/** Exit status of the command line: 2 for bad usage, 1 for everything else. */
export function toExitStatus(fault: Fault): 1 | 2 {
  return fault.code === 'invalid' ? 2 : 1;
}

/** Whatever was thrown as a Fault; what nobody foresaw becomes `failed` and keeps its cause. */
export function asFault(error: unknown, what: string): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new Fault('cancelled', `${what} was cancelled.`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Fault('failed', `${what} failed unexpectedly: ${escapeControls(message)}`, {
    cause: error,
    remedy: 'The log has the details; please report this as a bug.',
  });
}
