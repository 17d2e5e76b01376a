import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { createLocalPipe } from '../../../host/local-pipe.ts';
import { createRunFolder, sweepRunFolders } from '../../../host/run-folder.ts';
import type { CallContext } from '../../../model/call.ts';
import { createPassword } from '../../../qemu/console/display-password.ts';
import { type Door, type DoorOptions, openDoor } from '../../../rfb/relay/open-door.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { reachScreen } from './reach-screen.ts';
import { requireScreen } from './require-live.ts';
import { planScreen } from './screen-requests.ts';

type Session = ProxmoxSession;
type Input = ToolInput<'vm.console'>;
type Output = ToolOutput<'vm.console'>;

/** Open doors of a session: one for each machine, the latest. */
const doors = new WeakMap<Session, Map<string, Door>>();

/**
 * Opens the screen to programs of this user (a socket), or to one that has a password (a port), for one viewer. The node is
 * asked for the way only once the viewer has logged in here: its own ticket and password are good for seconds, and stay here.
 */
export const openConsole: Operation<Session, 'vm.console'> = async (session, input, call) => {
  const { guest, kind } = await prepare(session, input, call);
  const milliseconds = input.seconds * 1000;
  const options: DoorOptions = {
    milliseconds,
    reach: signal => reachScreen(session, guest, signal),
    onFailure: error =>
      session.log.info('A viewer of a console was not let in.', { vm: guest.id, error: String(error) }),
  };
  const expiresAt = new Date(Date.now() + milliseconds).toISOString();
  return kind === 'socket'
    ? { ...(await openSocket(session, guest, options)), expiresAt }
    : { ...(await openPort(session, guest, options)), expiresAt };
};

export const planConsole: Planner<Session, 'vm.console'> = async (session, input, call) => {
  const { guest, kind } = await prepare(session, input, call);
  const where = kind === 'socket' ? 'in a private folder of this user' : 'at a free port of 127.0.0.1';
  const listen = kind === 'socket' ? '<new folder>/vnc.sock' : '127.0.0.1:<port>';
  return [
    {
      summary: `Listen ${where} for one viewer, for ${input.seconds} s.`,
      request: { to: 'this host', body: { listen, to: guest.id } },
    },
    ...(await planScreen(session, guest, call.signal)).map(step => ({
      ...step,
      condition: 'Once a viewer has logged in.',
    })),
  ];
};

/** Ends all consoles of a session. */
export function closeConsoles(session: Session): void {
  for (const door of doors.get(session)?.values() ?? []) door.close();
}

async function prepare(session: Session, { vm, kind }: Input, call: CallContext) {
  if (call.door === 'cli') throw withoutRelay();
  const chosen = kind === 'auto' ? (process.platform === 'win32' ? 'tcp' : 'socket') : kind;
  if (chosen === 'socket' && process.platform === 'win32') {
    throw new Fault('unsupported', 'No VNC viewer of Windows takes a socket.', {
      remedy: 'Use kind "tcp".',
      data: { field: 'kind' },
    });
  }
  const { guest } = await requireScreen(session, vm, call.signal);
  return { guest, kind: chosen };
}

async function openPort(session: Session, guest: Guest, options: DoorOptions): Promise<Output> {
  const password = createPassword();
  const door = await openDoor({ ...options, password });
  remember(session, guest, door);
  const { port } = door;
  return { kind: 'tcp', address: `127.0.0.1:${port}`, password, howTo: `vncviewer 127.0.0.1::${port}` };
}

async function openSocket(session: Session, guest: Guest, options: DoorOptions): Promise<Output> {
  const parent = path.join(session.paths.run, 'consoles');
  await sweepRunFolders(parent);
  const folder = await createRunFolder(parent, 'console');
  try {
    const { path: socket } = await createLocalPipe(folder.path, 'vnc');
    const door = await openDoor({ ...options, socket });
    void door.closed.then(() => folder.remove()).catch(() => {});
    remember(session, guest, door);
    return { kind: 'socket', socket, howTo: `vncviewer ${quoteWord(socket)}` };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** One that still waits for its viewer gives way to the next; one that is in use goes on. */
function remember(session: Session, guest: Guest, door: Door): void {
  const own = doors.get(session) ?? new Map<string, Door>();
  doors.set(session, own);
  const former = own.get(guest.id);
  if (former?.isWaiting() === true) former.close();
  own.set(guest.id, door);
  void door.closed.then(() => {
    if (own.get(guest.id) === door) own.delete(guest.id);
  });
}

function withoutRelay(): Fault {
  return new Fault('unsupported', 'A console ends with the process that opened it, and a command ends at once.', {
    remedy: 'Ask over MCP or JSON-RPC, whose process stays; or use vm.screenshot, vm.sendKeys and vm.type.',
    data: { field: 'kind' },
  });
}
