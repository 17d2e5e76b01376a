import { Fault } from '../../../errors/fault.ts';
import type { Step } from '../machines/step.ts';
import type { ProxmoxSession } from '../session.ts';
import { namesIn, readNodeNetwork } from './read-networks.ts';
import { listWaiting } from './read-sdn.ts';

/** How far a change is to go. */
export interface Applying {
  readonly apply: boolean;
  readonly applyOthers: boolean;
}

/** What is applied together, and how it is known what waits. */
export interface Scope {
  /** As a sentence goes on, e.g. `the node "pve1"`. */
  readonly where: string;
  readonly step: Omit<Step, 'isNeeded'>;
  /** What waits, by its name. */
  waiting(signal: AbortSignal): Promise<string[]>;
}

/** All waiting changes of a node are applied by one request, whoever made them. */
export function nodeScope(session: ProxmoxSession, node: string): Scope {
  return {
    where: `the node "${node}"`,
    step: {
      summary: `Apply the network configuration of ${node}.`,
      what: 'Applying the network configuration',
      request: { method: 'PUT', path: '/nodes/{node}/network', params: { node } },
    },
    waiting: async signal => {
      const { changes } = await readNodeNetwork(session, node, signal);
      return changes === undefined ? [] : namesIn(changes);
    },
  };
}

/** The same of all vnets, zones and controllers of a cluster. */
export function sdnScope(session: ProxmoxSession): Scope {
  return {
    where: 'the software-defined network',
    step: {
      summary: 'Apply the software-defined network of the cluster.',
      what: 'Applying the software-defined network',
      request: { method: 'PUT', path: '/cluster/sdn', params: {} },
    },
    waiting: signal => listWaiting(session, signal),
  };
}

/**
 * The step that applies a change, where it is to be. Throws `conflict` when others have left something waiting that would go
 * with it; looks once more when it is its turn, since somebody may have come in between.
 */
export async function applySteps(
  scope: Scope,
  { apply, applyOthers }: Applying,
  isOwn: (waiting: string) => boolean,
  signal: AbortSignal,
): Promise<Step[]> {
  if (!apply) return [];
  if (applyOthers) return [scope.step];
  const others = async (when: AbortSignal) => (await scope.waiting(when)).filter(one => !isOwn(one));
  refuseOthers(scope, await others(signal), false);
  return [
    {
      ...scope.step,
      isNeeded: async ({ signal: later }) => {
        refuseOthers(
          scope,
          (await scope.waiting(later)).filter(one => !isOwn(one)),
          true,
        );
        return true;
      },
    },
  ];
}

function refuseOthers({ where }: Scope, waiting: readonly string[], isDone: boolean): void {
  if (waiting.length === 0) return;
  const done = isDone ? ' The change itself was made, and waits with them.' : '';
  throw new Fault('conflict', `Changes of others wait to be applied to ${where}: ${waiting.join(', ')}.${done}`, {
    remedy: 'Ask those who made them. Leave "apply" out, or set "applyOthers" to apply them, too.',
    data: { field: 'apply', waiting, ...(isDone ? { changed: true } : {}) },
  });
}
