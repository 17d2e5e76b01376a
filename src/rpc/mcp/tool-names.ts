import summary from '../../catalog/summary.json' with { type: 'json' };

const ids: ReadonlyMap<string, string> = new Map(summary.tools.map(tool => [tool.mcp.name, tool.id]));

/** The id of the tool that MCP clients know by this name, whether or not it is offered now. */
export function findToolId(mcpName: string): string | undefined {
  return ids.get(mcpName);
}
