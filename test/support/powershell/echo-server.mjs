// A JSON-RPC server that answers with what it was sent, and writes that down: node echo-server.mjs <file>
import { appendFileSync } from 'node:fs';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

const file = process.argv.find(word => word.endsWith('.jsonl'));
const noise = process.argv.includes('noise') ? 'x'.repeat(1000) : '';
const connection = createMessageConnection(
  new StreamMessageReader(process.stdin),
  new StreamMessageWriter(process.stdout),
);
connection.onRequest((method, params) => {
  if (method === 'operation.list') return { operations: [] };
  if (file) appendFileSync(file, `${JSON.stringify(params.value)}\n`);
  // More than any pipe holds, before the answer.
  for (let line = 0; noise !== '' && line < 5000; line++) process.stderr.write(`${noise}\n`);
  return { value: params.value };
});
connection.onClose(() => process.exit(0));
connection.listen();
