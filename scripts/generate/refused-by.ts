import { listRefusedFields } from '../../src/providers/refused-fields.ts';
import type { Tool } from '../../src/tools/define-tool.ts';

/** The fields of the tool that the slot of a provider's table refuses. */
export function refusedBy(slot: unknown, id: string, tools: readonly Tool[]): string[] {
  const tool = tools.find(each => each.id === id);
  if (tool === undefined) return [];
  return listRefusedFields(tool.input, typeof slot === 'object' && slot !== null ? slot : {});
}
