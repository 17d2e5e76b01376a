import path from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { startVncGuest } from '../../providers/qemu/support/vnc-guest.ts';
import { connectTestClient, eras } from '../../support/mcp-client.ts';
import { connect, startServer } from '../jsonrpc/support/start-server.ts';

const onlyQemu = { log: { stderr: 'silent' } };
const vm = 'qemu:local/pictured';
const long = { timeout: 60_000 };

describe('a picture', () => {
  it.each(eras)('is an image to an MCP client of %s, and nowhere a text', long, async era => {
    const connection = await connectTestClient({ era, configuration: onlyQemu });
    const guest = await startVncGuest(path.join(connection.folder, 'run'), 'pictured', () => undefined);
    try {
      // The client holds results against the output schemas that it was shown.
      await connection.client.listTools();
      const answer = await connection.client.callTool({ name: 'vm_screenshot', arguments: { vm } });
      const [image, text, ...rest] = answer.content as {
        type: string;
        data?: string;
        text?: string;
        mimeType?: string;
      }[];
      expect(image).toMatchObject({ type: 'image', mimeType: 'image/png' });
      const { width, height } = PNG.sync.read(Buffer.from(image?.data ?? '', 'base64'));
      expect(answer.structuredContent).toEqual({ width, height, format: 'png' });
      expect(text).toEqual({ type: 'text', text: JSON.stringify(answer.structuredContent) });
      expect(rest).toEqual([]);
      const file = path.join(connection.folder, 'a.png');
      const kept = await connection.client.callTool({ name: 'vm_screenshot', arguments: { vm, file } });
      expect(kept.content).toEqual([{ type: 'text', text: JSON.stringify({ width, height, format: 'png', file }) }]);
    } finally {
      await guest.stop();
      await connection.close();
    }
  });

  it('is a field in base64 to a JSON-RPC client', long, async () => {
    const server = startServer([], onlyQemu);
    const connection = connect(server);
    const guest = await startVncGuest(path.join(server.home.folder, 'run'), 'pictured', () => undefined);
    try {
      const answer: { data: string; width: number } = await connection.sendRequest('vm.screenshot', { vm });
      expect(PNG.sync.read(Buffer.from(answer.data, 'base64')).width).toBe(answer.width);
    } finally {
      await guest.stop();
      await server.stop();
    }
  });
});
