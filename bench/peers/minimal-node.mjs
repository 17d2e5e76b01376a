// The least MCP server that Node allows, written by hand: 41 tools, no library, no checks.
const text = { type: 'string', description: 'Some text that says what it is about.' };
const tools = Array.from({ length: 41 }, (_, index) => ({
  name: `item_${index}`,
  title: `Item ${index}`,
  description: 'Do something with an item and tell how it stands thereafter.',
  inputSchema: {
    type: 'object',
    properties: { name: text, kind: { type: 'string', enum: ['small', 'large'] }, count: { type: 'integer' } },
    required: ['name'],
    additionalProperties: false,
  },
  outputSchema: {
    type: 'object',
    properties: { item: { type: 'object', properties: { id: text, state: text, size: { type: 'integer' } } } },
    required: ['item'],
  },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
}));

function answer({ method, params }) {
  if (method === 'initialize') {
    const serverInfo = { name: 'minimal', version: '1.0.0' };
    return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo };
  }
  if (method === 'tools/list') return { tools };
  const structuredContent = { items: [] };
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
}

let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', chunk => {
  rest += chunk;
  for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
    const message = JSON.parse(rest.slice(0, end));
    rest = rest.slice(end + 1);
    if (message.id === undefined) continue;
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result: answer(message) })}\n`);
  }
});
