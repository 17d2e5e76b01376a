import { z } from 'zod';
import type { Backend } from '../../../rfb/relay/open-door.ts';
import { RfbClient } from '../../../rfb/rfb-client.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { proxyRequest, socketRequest } from './screen-requests.ts';

/** {"port":"5900","ticket":"PVEVNC:…","password":"Xu3…","cert":"-----BEGIN…","upid":"UPID:…","user":"root@pam!ci"} */
const rawProxy = z.object({ port: z.number(), ticket: z.string(), password: z.string().optional() });

/** The way to the screen of a machine, and the password that it asks for, which is good for half a minute. */
export async function reachScreen(session: ProxmoxSession, guest: Guest, signal: AbortSignal): Promise<Backend> {
  const { client } = session;
  const raw = await client.send(await proxyRequest(session, guest, signal), { signal });
  const { port, ticket, password = ticket } = parseReply(rawProxy, raw, 'the way to the screen');
  const stream = await client.openWebSocket(socketRequest(guest, port, ticket), { signal });
  return { stream, password };
}

/** Looks at a screen for as long as `use` takes, and gives it up in any case. */
export async function watchScreen<Result>(
  session: ProxmoxSession,
  guest: Guest,
  signal: AbortSignal,
  use: (client: RfbClient) => Promise<Result>,
): Promise<Result> {
  const { stream, password } = await reachScreen(session, guest, signal);
  const client = await RfbClient.connect(stream, { password, signal });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
