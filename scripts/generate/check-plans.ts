import type { Tool } from '../../src/tools/define-tool.ts';

/** Who answers, and its table. */
export interface Answering {
  readonly name: string;
  readonly operations: object;
}

/** What can change something and does not tell beforehand what it would do. */
export function checkPlans(answering: readonly Answering[], tools: readonly Tool[]): string[] {
  const changing = tools.filter(({ effect, newFile }) => effect !== 'read' || newFile !== undefined);
  return answering.flatMap(({ name, operations }) => {
    const slots = new Map<string, unknown>(Object.entries(operations));
    return changing
      .filter(({ id }) => slots.has(id) && !hasPlan(slots.get(id)))
      .map(({ id }) => `${name} answers ${id}, which can change something, and has no plan for it`);
  });
}

function hasPlan(slot: unknown): boolean {
  return typeof slot === 'object' && slot !== null && 'plan' in slot && typeof slot.plan === 'function';
}
