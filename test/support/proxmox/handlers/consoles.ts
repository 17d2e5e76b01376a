import { ApiError } from '../schema/api-error.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { guestOf } from './guests.ts';

/** The proxy runs as a task until its console is closed. */
function startProxy({ cluster, account }: HandlerCall, type: string, node: string, id: string): string {
  return cluster.startTask({ node, type, id, account, run: work => work.log('proxy is waiting for a connection') });
}

/** Eight signs, any from `!` to the grave accent: what goes into a URL has to be encoded. */
function freshPassword(): string {
  return String.fromCharCode(...Array.from({ length: 8 }, () => 33 + Math.floor(Math.random() * 64)));
}

const vncproxy: Handler = call => {
  const guest = guestOf(call);
  if (!guest.running && guest.type === 'qemu') throw new ApiError(500, `VM ${guest.vmid} not running`);
  const websocket = call.params.flag('websocket');
  const isNew = call.cluster.schema.version !== '8.4';
  // Since 9.2 there is always a password of its own, and the ticket begins with it.
  const wantsPassword = isNew ? websocket || guest.type === 'qemu' : call.params.flag('generate-password');
  const options = { websocket, ...(wantsPassword ? { password: freshPassword(), isPrefix: isNew } : {}) };
  const { port, ticket, cert } = call.consoles.issue(
    'vnc',
    { vmid: guest.vmid, node: guest.node },
    call.account,
    options,
  );
  const upid = startProxy(call, 'vncproxy', guest.node, String(guest.vmid));
  return {
    user: call.account.id,
    ticket,
    cert,
    port: String(port),
    upid,
    ...('password' in options ? { password: options.password } : {}),
  };
};

const termproxy: Handler = call => {
  const guest = guestOf(call);
  if (guest.type === 'qemu' && !Object.keys(guest.config).some(key => /^serial\d$/.test(key))) {
    throw new ApiError(500, 'unable to find a serial interface');
  }
  if (!guest.running) throw new ApiError(500, `${guest.type === 'qemu' ? 'VM' : 'CT'} ${guest.vmid} not running`);
  const { port, ticket } = call.consoles.issue('term', { vmid: guest.vmid, node: guest.node }, call.account);
  return { user: call.account.id, ticket, port, upid: startProxy(call, 'vncproxy', guest.node, String(guest.vmid)) };
};

export const consoleHandlers: Handlers = {
  'POST /nodes/{node}/{type}/{vmid}/vncproxy': vncproxy,
  'POST /nodes/{node}/{type}/{vmid}/termproxy': termproxy,
  'POST /nodes/{node}/termproxy': call => {
    const node = call.params.text('node');
    const { port, ticket } = call.consoles.issue('term', { node }, call.account);
    return { user: call.account.id, ticket, port, upid: startProxy(call, 'vncshell', node, '') };
  },
  'POST /nodes/{node}/{type}/{vmid}/spiceproxy': call => {
    const guest = guestOf(call);
    return {
      type: 'spice',
      host: `pvespiceproxy:${Math.floor(Date.now() / 1000)}:${guest.vmid}:${guest.node}:61000::sample`,
      password: 'sample-password',
      proxy: `http://${guest.node}:3128`,
      'tls-port': 61_000,
      'host-subject': `OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=${guest.node}`,
      ca: 'sample',
      title: `VM ${guest.vmid}`,
      'delete-this-file': 1,
      'secure-attention': 'Ctrl+Alt+Ins',
      'toggle-fullscreen': 'Shift+F11',
      'release-cursor': 'Ctrl+Alt+R',
    };
  },
  'PUT /nodes/{node}/qemu/{vmid}/sendkey': call => {
    const guest = guestOf(call);
    if (!guest.running) throw new ApiError(500, `VM ${guest.vmid} not running`);
    call.consoles.keys(guest.vmid, call.params.text('key'));
  },
};
