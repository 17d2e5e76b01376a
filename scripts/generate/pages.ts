import type { Tool } from '../../src/tools/define-tool.ts';
import type { FoundProvider } from './discover.ts';
import { refusedBy } from './refused-by.ts';

/** docs/tools/README.md: every tool, by group. */
export function indexPage(tools: readonly Tool[]): string {
  const groups = [...Map.groupBy(tools, tool => tool.group)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '# Tools',
    '',
    'Generated from the declarations in `src/tools`. Which provider answers what: [capabilities](capabilities.md).',
    ...groups.flatMap(([group, members]) => [
      '',
      `## ${group}`,
      '',
      '| tool | effect | |',
      '| --- | --- | --- |',
      ...members.map(tool => `| [${tool.id}](${tool.id}.md) | ${tool.effect} | ${tool.summary} |`),
    ]),
    '',
  ].join('\n');
}

/** docs/tools/capabilities.md: which provider answers which tool, read off the tables. */
export function capabilityPage(
  tools: readonly Tool[],
  providers: readonly FoundProvider[],
  tables: { bridge: readonly string[]; inventory: readonly string[] },
): string {
  const cell = (id: string, { provider }: FoundProvider): string => {
    const slot = (provider.operations as Record<string, unknown>)[id];
    if (slot === undefined) return '';
    const without = refusedBy(slot, id, tools);
    return without.length === 0 ? 'yes' : `without ${without.map(field => `\`${field}\``).join(', ')}`;
  };
  const own = (id: string): string => {
    if (tables.bridge.includes(id)) return 'yes';
    return tables.inventory.includes(id) ? 'over all' : '';
  };
  return [
    '# Capabilities',
    '',
    `| tool | bridge | ${providers.map(({ provider }) => provider.title).join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(providers.length)}`,
    ...tools.map(
      ({ id }) => `| [${id}](${id}.md) | ${own(id)} | ${providers.map(found => cell(id, found)).join(' | ')} |`,
    ),
    '',
  ].join('\n');
}
