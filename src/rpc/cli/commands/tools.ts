import methods from '../../../catalog/methods.json' with { type: 'json' };
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';

/** `vmbridge tools`: what can be called, by group. */
export async function listTools(session: Session): Promise<number> {
  const offered = (await session.bridge()).listTools();
  const summaries = new Map(methods.map(method => [method.name, method.summary]));
  const tools = offered.map(({ id, group, effect }) => ({ id, group, effect, summary: summaries.get(id) ?? '' }));
  if (session.flags.json) {
    session.printJson(tools);
    return 0;
  }
  const rows = tools.toSorted((a, b) => a.group.localeCompare(b.group));
  session.print(
    await renderTable(
      ['GROUP', 'TOOL', 'EFFECT', 'SUMMARY'],
      rows.map((tool, index) => [
        tool.group === rows[index - 1]?.group && process.stdout.isTTY ? '' : tool.group,
        tool.id,
        tool.effect,
        tool.summary,
      ]),
    ),
  );
  return 0;
}
