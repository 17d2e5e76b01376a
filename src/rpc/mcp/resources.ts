import type { Server, ServerContext } from '@modelcontextprotocol/server';
import type { Bridge, Caller } from '../bridge.ts';
import { listResources, listTemplates, readResource, requireResource } from './read-resources.ts';
import { ResourceWatch } from './resource-watch.ts';

/** Tells which resources a client of 2026-07-28 listens to: its subscriptions do not reach the server itself. */
export interface SubscriptionSource {
  set onsubscriptions(listener: (uris: readonly string[]) => void);
}

/** Machines as resources, for either era: listed, read, and watched for those who subscribe. Returns what ends the watching. */
export function addResources(server: Server, bridge: Bridge, source?: SubscriptionSource): () => void {
  const caller = ({ mcpReq }: ServerContext): Caller => ({
    door: 'mcp',
    signal: mcpReq.signal,
    client: server.getClientVersion()?.name,
  });
  server.registerCapabilities({ resources: { subscribe: true } });
  server.setRequestHandler('resources/list', ({ params }, context) =>
    listResources(bridge, params?.cursor, caller(context)),
  );
  server.setRequestHandler('resources/templates/list', () => listTemplates());
  server.setRequestHandler('resources/read', ({ params }, context) =>
    readResource(bridge, params.uri, caller(context)),
  );
  return addSubscriptions(server, new ResourceWatch(server, bridge), source);
}

function addSubscriptions(server: Server, watch: ResourceWatch, source: SubscriptionSource | undefined): () => void {
  const subscribed = new Set<string>();
  server.setRequestHandler('resources/subscribe', async ({ params }) => {
    requireResource(params.uri);
    subscribed.add(params.uri);
    await watch.follow([...subscribed]);
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', async ({ params }) => {
    subscribed.delete(params.uri);
    await watch.follow([...subscribed]);
    return {};
  });
  // What cannot be watched is told by the next read.
  const follow = (uris: readonly string[]): void => void watch.follow(uris).catch(() => {});
  if (source !== undefined) source.onsubscriptions = follow;
  return () => follow([]);
}
