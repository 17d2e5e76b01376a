// The least server that the MCP SDK allows: one tool, checked input and output, a result as structure and as text.
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

serveStdio(() => {
  const server = new McpServer({ name: 'minimal', version: '1.0.0' });
  server.registerTool(
    'items_list',
    {
      description: 'List the items.',
      inputSchema: z.strictObject({ state: z.enum(['open', 'closed']).optional(), limit: z.int().default(50) }),
      outputSchema: z.strictObject({ items: z.array(z.strictObject({ id: z.string() })) }),
    },
    () => {
      const structuredContent = { items: [] };
      return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
    },
  );
  return server;
});
