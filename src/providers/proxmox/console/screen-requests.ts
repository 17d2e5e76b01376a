import type { PlanStep } from '../../../model/plan.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { at } from '../machines/step.ts';
import type { Guest, ProxmoxSession } from '../session.ts';

/**
 * Opens a port at the node, for ten seconds, and tells the ticket that it is reached with. Up to 9.1 the ticket is the password
 * of VNC, too, and all tickets begin with the same eight signs, which are all that VNC looks at: a machine is asked for another
 * password. From 9.2 on there is one in any case, and asking for it is deprecated.
 */
export async function proxyRequest(
  { client }: ProxmoxSession,
  guest: Guest,
  signal: AbortSignal,
): Promise<ProxmoxRequest> {
  const asks = guest.type === 'qemu' && isBefore92((await client.version(signal)).version);
  return {
    method: 'POST',
    path: '/nodes/{node}/{type}/{vmid}/vncproxy',
    params: { ...at(guest), websocket: true, ...(asks ? { 'generate-password': true } : {}) },
  };
}

/** e.g. `9.1.4` */
function isBefore92(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(part => Number.parseInt(part, 10));
  return major < 9 || (major === 9 && minor < 2);
}

export function socketRequest(guest: Guest, port: number | string, ticket: string): ProxmoxRequest {
  return {
    method: 'GET',
    path: '/nodes/{node}/{type}/{vmid}/vncwebsocket',
    params: { ...at(guest), port, vncticket: ticket },
  };
}

/** The two requests with which every look at a screen begins. */
export async function planScreen(session: ProxmoxSession, guest: Guest, signal: AbortSignal): Promise<PlanStep[]> {
  const { host } = session;
  return [
    planRequest(
      host,
      await proxyRequest(session, guest, signal),
      `Have the node open a way to the screen of "${guest.name}".`,
    ),
    planRequest(host, socketRequest(guest, '<port>', '<secret>'), 'Go that way.'),
  ];
}
