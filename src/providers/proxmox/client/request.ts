import type { PlanStep } from '../../../model/plan.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type ParameterValue = string | number | boolean | readonly string[];

/**
 * One request of the API. `path` is the template of the official schema; `{type}` stands for qemu or lxc. Parameters that the
 * path names go there, the others into the query or the form.
 */
export interface ProxmoxRequest {
  readonly method: Method;
  readonly path: string;
  readonly params?: Readonly<Record<string, ParameterValue | undefined>>;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** How long the answer may take; else as the host's settings say. */
  readonly timeoutMilliseconds?: number | undefined;
  /** Whether it may be sent twice, when nobody knows whether it arrived; else only a GET may. */
  readonly repeatable?: boolean | undefined;
}

/** How a plan shows a request. Parameters that are secret must have been left out by the caller. */
export function planRequest(host: string, request: ProxmoxRequest, summary: string): PlanStep {
  const { method, path, params = {} } = request;
  return { summary, request: { to: host, body: { method, path, params } } };
}
