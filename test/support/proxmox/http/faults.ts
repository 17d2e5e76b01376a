import type { ServerResponse } from 'node:http';
import { type Reply, send, sendHalf } from './reply.ts';

export type FaultKind =
  /** No answer, until the client goes. */
  | 'stall'
  /** The line breaks before anything was done. */
  | 'reset-before'
  /** All was done, then the line breaks. */
  | 'reset-after'
  /** All was done; half of the answer arrives. */
  | 'close-mid-body'
  /** Nothing was done; that status is answered. */
  | 'status'
  /** All is done, that late. */
  | 'slow';

export interface FaultPlan {
  readonly match?: {
    readonly method?: string;
    readonly template?: string | RegExp;
    readonly node?: string;
    readonly params?: Readonly<Record<string, unknown>>;
  };
  /** How often. Default: once. */
  readonly times?: number;
  readonly kind: FaultKind;
  readonly status?: number;
  /** Sentence of the status line. */
  readonly reason?: string;
  /** Sent as it is. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly milliseconds?: number;
}

export interface FaultScene {
  readonly method: string;
  readonly template: string;
  readonly node: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a test wants to go wrong. */
export class FaultDesk {
  #plans: { plan: FaultPlan; left: number; met: number }[] = [];

  /** The answer tells how often it has struck. */
  add(plan: FaultPlan): { readonly met: number } {
    const entry = { plan, left: plan.times ?? 1, met: 0 };
    this.#plans.push(entry);
    return entry;
  }

  clear(): void {
    this.#plans = [];
  }

  take(scene: FaultScene): FaultPlan | undefined {
    const entry = this.#plans.find(({ plan, left }) => left > 0 && matches(plan, scene));
    if (entry === undefined) return undefined;
    entry.left--;
    entry.met++;
    return entry.plan;
  }
}

function matches({ match = {} }: FaultPlan, scene: FaultScene): boolean {
  const { method, template, node, params = {} } = match;
  if (method !== undefined && method !== scene.method) return false;
  if (node !== undefined && node !== scene.node) return false;
  if (
    typeof template === 'string' ? !sameTemplate(template, scene.template) : template?.test(scene.template) === false
  ) {
    return false;
  }
  return Object.entries(params).every(([name, value]) => String(scene.params[name]) === String(value));
}

/** `{type}` stands for qemu and lxc. */
export function sameTemplate(wanted: string, template: string): boolean {
  return wanted === template || ['qemu', 'lxc'].some(type => wanted.replace('{type}', type) === template);
}

/** Does what comes instead of any answer; false where the request is to be carried out first. */
export function strikeBefore(plan: FaultPlan, response: ServerResponse): boolean {
  switch (plan.kind) {
    case 'stall':
      return true;
    case 'reset-before':
      response.destroy();
      return true;
    case 'status': {
      const body = plan.body ?? '';
      for (const [name, value] of Object.entries(plan.headers ?? {})) response.setHeader(name, value);
      send(response, { status: plan.status ?? 500, reason: plan.reason ?? 'fault', body });
      return true;
    }
    default:
      return false;
  }
}

export function strikeAfter(plan: FaultPlan, response: ServerResponse, reply: Reply): void {
  if (plan.kind === 'reset-after') response.destroy();
  else if (plan.kind === 'close-mid-body') sendHalf(response, reply);
  else send(response, reply);
}
