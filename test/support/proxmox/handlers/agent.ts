import { ApiError } from '../schema/api-error.ts';
import type { AgentState } from '../state/agent.ts';
import type { Guest } from '../state/guests.ts';
import { nameOf } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { guestOf } from './guests.ts';
import { turnOff } from './power.ts';

/** Texts of the guest come as if each byte were a character, and go the same way. */
const asBytes = 'latin1';

function bytesOf(text: string): Buffer {
  if (/[^\u0000-\u00ff]/.test(text)) throw new ApiError(500, 'Wide character in subroutine entry');
  return Buffer.from(text, asBytes);
}

function requireAgent(call: HandlerCall): { guest: Guest; agent: AgentState } {
  const guest = guestOf(call);
  const { vmid, config, agent, running } = guest;
  if (!/^1|enabled=1/.test(config.agent ?? '')) throw new ApiError(500, 'No QEMU guest agent configured');
  if (!running) throw new ApiError(500, `VM ${vmid} is not running`);
  if (!agent.present) throw new ApiError(500, 'QEMU guest agent is not running');
  return { guest, agent };
}

function requireThawed(agent: AgentState, command: string): void {
  if (agent.frozen)
    throw new ApiError(500, `Agent error: Command ${command} has been disabled: the agent is in frozen state`);
}

/** What a plain command of the agent comes to. */
const answers: Readonly<Record<string, (agent: AgentState, guest: Guest, call: HandlerCall) => unknown>> = {
  ping: () => ({}),
  info: () => ({
    version: '9.2.0',
    supported_commands: [{ name: 'guest-exec', enabled: true, 'success-response': true }],
  }),
  'get-osinfo': agent => agent.osInfo,
  'get-fsinfo': agent => agent.fileSystems,
  'get-users': agent => agent.users,
  'get-host-name': (_, guest) => ({ 'host-name': nameOf(guest) }),
  'get-time': () => Date.now() * 1_000_000,
  'get-timezone': () => ({ zone: 'UTC', offset: 0 }),
  'get-vcpus': (_, guest) =>
    Array.from({ length: Number(guest.config.cores ?? 1) }, (__, index) => ({
      'logical-id': index,
      online: true,
      'can-offline': index > 0,
    })),
  'get-memory-blocks': () => [],
  'get-memory-block-info': () => ({ size: 134_217_728 }),
  'network-get-interfaces': agent => agent.interfaces,
  'fsfreeze-status': agent => (agent.frozen ? 'frozen' : 'thawed'),
  'fsfreeze-freeze': agent => {
    requireThawed(agent, 'guest-fsfreeze-freeze');
    agent.frozen = true;
    return agent.fileSystems.length;
  },
  'fsfreeze-thaw': agent => {
    const count = agent.frozen ? agent.fileSystems.length : 0;
    agent.frozen = false;
    return count;
  },
  fstrim: () => ({ paths: [{ path: '/', minimum: 0, trimmed: 1_048_576 }] }),
  'set-user-password': (_, __, { params }) => {
    if (params.text('username') === 'nobody-there')
      throw new ApiError(500, 'Agent error: child process has failed to set user password');
    return {};
  },
  shutdown: (_, guest) => {
    if (!guest.ignoresShutdown) setTimeout(() => turnOff(guest), 10);
    return {};
  },
  'suspend-ram': (_, guest) => {
    guest.qmpstatus = 'suspended';
    return {};
  },
  'suspend-disk': () => ({}),
  'suspend-hybrid': () => ({}),
};

function plain(name: string): Handler {
  return call => {
    const { agent, guest } = requireAgent(call);
    return { result: answers[name]?.(agent, guest, call) };
  };
}

const exec: Handler = call => {
  const { agent } = requireAgent(call);
  requireThawed(agent, 'guest-exec');
  const input = call.params.maybeText('input-data');
  const command = call.params.list('command').map(String);
  // Letters beyond Latin-1 never arrive; the agent waits for the rest and answers nobody any more.
  if (command.some(word => /[^\u0000-\u00ff]/.test(word))) {
    agent.present = false;
    throw new ApiError(500, `VM ${call.params.text('vmid')} qga command 'guest-exec' failed - got timeout`);
  }
  const result = agent.run(command, input === undefined ? undefined : bytesOf(input).toString('utf8'));
  const pid = agent.nextPid++;
  agent.processes.set(pid, { result, endsAt: Date.now() + (result.milliseconds ?? 0) });
  return { pid };
};

const execStatus: Handler = call => {
  const { agent } = requireAgent(call);
  const pid = call.params.number('pid');
  const found = agent.processes.get(pid);
  if (found === undefined) throw new ApiError(500, `Agent error: PID ${pid} does not exist`);
  if (Date.now() < found.endsAt) return { exited: 0 };
  // The agent tells the end once, then forgets it.
  agent.processes.delete(pid);
  const { exitcode, signal, out, err, truncated } = found.result;
  const text = (value: string | undefined) =>
    value === undefined || value === '' ? undefined : Buffer.from(value, 'utf8').toString(asBytes);
  return {
    exited: 1,
    ...(signal === undefined ? { exitcode: exitcode ?? 0 } : { signal }),
    'out-data': text(out),
    'err-data': text(err),
    ...(truncated ? { 'out-truncated': 1 } : {}),
  };
};

/** The agent reads no more than this of a file at a time. */
const mostBytes = 16 * 2 ** 20;

const fileRead: Handler = call => {
  const { agent } = requireAgent(call);
  const { params } = call;
  const name = params.text('file');
  const data = agent.files.get(name);
  if (data === undefined)
    throw new ApiError(500, `Agent error: failed to open file '${name}' (mode: 'r'): No such file or directory`);
  const offset = params.maybeNumber('offset') ?? 0;
  const count = Math.min(params.maybeNumber('count') ?? mostBytes, mostBytes);
  const part = data.subarray(offset, offset + count);
  const decode = !params.has('decode') || params.flag('decode');
  const rest = offset + part.length < data.length ? { truncated: 1 } : {};
  return { content: part.toString(decode ? asBytes : 'base64'), 'bytes-read': part.length, ...rest };
};

const fileWrite: Handler = call => {
  const { agent } = requireAgent(call);
  requireThawed(agent, 'guest-file-open');
  const { params } = call;
  const name = params.text('file');
  if (name.startsWith('/proc/'))
    throw new ApiError(500, `Agent error: failed to open file '${name}' (mode: 'wb'): Permission denied`);
  const encode = !params.has('encode') || params.flag('encode');
  agent.files.set(name, encode ? bytesOf(params.text('content')) : Buffer.from(params.text('content'), 'base64'));
};

const at = '/nodes/{node}/qemu/{vmid}/agent';
const posted = new Set([
  'ping',
  'fsfreeze-freeze',
  'fsfreeze-status',
  'fsfreeze-thaw',
  'fstrim',
  'set-user-password',
  'shutdown',
  'suspend-ram',
  'suspend-disk',
  'suspend-hybrid',
]);

export const agentHandlers: Handlers = {
  ...Object.fromEntries(
    Object.keys(answers).map(name => [`${posted.has(name) ? 'POST' : 'GET'} ${at}/${name}`, plain(name)]),
  ),
  [`POST ${at}`]: call => {
    const { agent, guest } = requireAgent(call);
    return { result: answers[call.params.text('command')]?.(agent, guest, call) ?? {} };
  },
  [`POST ${at}/exec`]: exec,
  [`GET ${at}/exec-status`]: execStatus,
  [`GET ${at}/file-read`]: fileRead,
  [`POST ${at}/file-write`]: fileWrite,
  'GET /nodes/{node}/lxc/{vmid}/interfaces': call => {
    const guest = guestOf(call);
    if (!guest.running) throw new ApiError(500, `container '${guest.vmid}' not running!`);
    const last = guest.vmid % 250;
    const hwaddr = `bc:24:11:00:02:${last.toString(16).padStart(2, '0')}`;
    const lo = {
      name: 'lo',
      hwaddr: '00:00:00:00:00:00',
      'hardware-address': '00:00:00:00:00:00',
      inet: '127.0.0.1/8',
      inet6: '::1/128',
    };
    return [
      { ...lo, 'ip-addresses': [{ 'ip-address': '127.0.0.1', prefix: 8, 'ip-address-type': 'inet' }] },
      {
        name: 'eth0',
        hwaddr,
        'hardware-address': hwaddr,
        inet: `192.0.2.${last}/24`,
        'ip-addresses': [{ 'ip-address': `192.0.2.${last}`, prefix: 24, 'ip-address-type': 'inet' }],
      },
    ];
  },
};
