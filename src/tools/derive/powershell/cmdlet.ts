import type { Effect, Tool } from '../../define-tool.ts';
import { toHintedSchema } from '../json-schema.ts';
import { givenInput } from '../wire-schemas.ts';
import { listFields } from './field.ts';
import { outputTypes } from './output-shape.ts';
import type { Parameter } from './parameters.ts';
import { isPaged, toParameters } from './parameters.ts';

export interface Cmdlet {
  readonly name: string;
  /** One tool, or `list` and `get` of one noun, in this order. */
  readonly tools: readonly Tool[];
  readonly parameters: readonly Parameter[];
  readonly asks: boolean;
  readonly impact: 'Low' | 'Medium' | 'High';
  readonly paged: boolean;
  readonly outputs: readonly string[];
}

/** Every cmdlet that the declarations give, by name. */
export function listCmdlets(tools: readonly Tool[]): Cmdlet[] {
  return [...Map.groupBy(tools, tool => tool.cmdlet)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, members]) =>
      toCmdlet(
        name,
        members.toSorted((a, b) => (a.id < b.id ? 1 : -1)),
      ),
    );
}

function toCmdlet(name: string, tools: readonly Tool[]): Cmdlet {
  const sources = tools.map(tool => ({
    tool,
    fields: listFields(toHintedSchema(givenInput(tool), 'input')),
    set: tools.length === 1 ? undefined : setName(tool),
  }));
  const [first] = tools;
  return {
    name,
    tools,
    parameters: toParameters(sources),
    asks: tools.some(tool => tool.effect !== 'read' || tool.newFile !== undefined),
    impact: first === undefined ? 'Low' : impactOf(first),
    paged: sources.some(({ fields }) => isPaged(fields)),
    outputs: [...new Set(tools.flatMap(outputTypes))],
  };
}

/** `List` or `Get`, by the last segment of the id. */
export function setName({ id }: Tool): string {
  const last = id.split('.').at(-1) ?? '';
  return last.charAt(0).toUpperCase() + last.slice(1);
}

const impacts: Readonly<Record<Effect, Cmdlet['impact']>> = {
  read: 'Low',
  create: 'Low',
  change: 'Medium',
  destroy: 'High',
};

function impactOf({ effect, mayDestroy }: Tool): Cmdlet['impact'] {
  return mayDestroy && effect !== 'destroy' ? 'Medium' : impacts[effect];
}
