import {
  CLIENT_INFO_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/server';
import type { Bridge } from '../bridge.ts';
import { isShownAt } from '../guard.ts';
import { version } from '../version.ts';
import { type Connection, newKnowledge } from './ask-person.ts';
import { callTool } from './call-tool.ts';
import { instructions } from './instructions.ts';
import { addResources, type SubscriptionSource } from './resources.ts';

type Handler = Parameters<Server['_wrapHandler']>[1];

class StrictServer extends Server {
  // What comes through the line transport is known to be sound. The SDK would hold each message against three of its schemas
  // to find out which kind it is, which takes longer than many a call.
  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    transport.onmessage = (message, extra) => {
      // biome-ignore-start lint/complexity/useLiteralKeys: private; the compiler tells when the SDK renames it.
      if (!('method' in message)) this['_onresponse'](message);
      else if ('id' in message) this['_onrequest'](message, extra);
      else this._onnotification(message, extra);
      // biome-ignore-end lint/complexity/useLiteralKeys: as above.
    };
  }

  // The SDK answers parameters that do not fit a method with "internal error", and prints the schema's complaint.
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, context) => {
      try {
        return await wrapped(request, context);
      } catch (error) {
        if (error instanceof ProtocolError) throw error;
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Invalid params of ${method}.`);
      }
    };
  }
}

/** One MCP server for one connection, of either era. `listed` is told after each answered `tools/list`. */
export function createServer(bridge: Bridge, listed: () => void, source?: SubscriptionSource): Server {
  const server = new StrictServer(
    { name: 'vmbridge', title: 'vmbridge', version },
    { capabilities: { tools: { listChanged: true } }, instructions },
  );
  server.setRequestHandler('tools/list', () => {
    setImmediate(listed);
    const shown = bridge.listTools().filter(tool => isShownAt(tool, 'mcp'));
    return { tools: shown.map(tool => tool.mcp) as Tool[] };
  });
  const connection: Connection = {
    ...newKnowledge(),
    isModern: () => isModern(server.getNegotiatedProtocolVersion()),
    capabilities: () => server.getClientCapabilities(),
  };
  server.setRequestHandler('tools/call', ({ params }, context) =>
    callTool(bridge, params, context, nameOfClient(context) ?? server.getClientVersion()?.name, connection),
  );
  const stopListening = bridge.onToolsChanged(() => {
    server.sendToolListChanged().catch(() => {});
  });
  const stopWatching = addResources(server, bridge, source);
  server.onclose = () => {
    stopListening();
    stopWatching();
  };
  return server;
}

/** Revisions are dates. */
function isModern(revision: string | undefined): boolean {
  return revision !== undefined && revision >= '2026-07-28';
}

/** Clients of 2026-07-28 tell who they are with every request, older ones once in the beginning. */
function nameOfClient({ mcpReq }: ServerContext): string | undefined {
  const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
  const client = envelope[CLIENT_INFO_META_KEY];
  if (typeof client !== 'object' || client === null || !('name' in client)) return undefined;
  return typeof client.name === 'string' ? client.name : undefined;
}
