import type { ToolId, ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';

type Input = ToolInput<'vm.bulk'>;
type Option = 'force' | 'timeoutSeconds' | 'checkpoint';

interface Action {
  readonly tool: ToolId;
  /** Of the options, those that it takes, by the name that they have at the single call. */
  readonly options: Readonly<Partial<Record<Option, string>>>;
}

const actions: Readonly<Record<Input['action'], Action>> = {
  start: { tool: 'vm.start', options: {} },
  stop: { tool: 'vm.stop', options: { force: 'force', timeoutSeconds: 'timeoutSeconds' } },
  restart: { tool: 'vm.restart', options: { force: 'force' } },
  pause: { tool: 'vm.pause', options: {} },
  resume: { tool: 'vm.resume', options: {} },
  checkpoint: { tool: 'vm.checkpoint.create', options: { checkpoint: 'name' } },
};

export interface ActionCall {
  readonly tool: ToolId;
  /** All but the machine. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** The single call that is made for each machine. Throws `invalid` for an option of another action. */
export function actionCall({ action, ...input }: Input): ActionCall {
  const { tool, options } = actions[action];
  const given = (['force', 'timeoutSeconds', 'checkpoint'] as const).filter(
    option => input[option] !== undefined && input[option] !== false,
  );
  const foreign = given.find(option => options[option] === undefined);
  if (foreign !== undefined) {
    throw new Fault('invalid', `The action "${action}" takes no "${foreign}".`, {
      remedy: `Leave "${foreign}" out.`,
      data: { field: foreign },
    });
  }
  return { tool, input: Object.fromEntries(given.map(option => [options[option], input[option]])) };
}
