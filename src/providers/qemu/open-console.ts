import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import type { CallContext } from '../../model/call.ts';
import { createPassword, forgetPassword, setPassword } from '../../qemu/console/display-password.ts';
import { type Displays, findDisplays } from '../../qemu/console/find-displays.ts';
import { openVncRelay } from '../../qemu/console/vnc-relay.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { reachGuest } from './reach-guest.ts';
import { findLiveRecord, reachLiveGuest } from './reach-live-guest.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'vm.console'>;
type Output = ToolOutput<'vm.console'>;

/** One that waits for its viewer. */
interface WaitingConsole {
  readonly port: number;
  readonly used: Promise<void>;
  close(): void;
}

/** By the folder of the machine: QEMU has one password, so that one console at a time can wait for its viewer. */
const waiting = new Map<string, WaitingConsole>();
const turns = new Map<string, Promise<unknown>>();

/** Opens the display to programs of this user (a socket), or to one that has a password (a port). */
export async function openConsole(session: QemuSession, input: Input, call: CallContext): Promise<Output> {
  const found = await findConsole(session, input, call);
  return 'socket' in found ? found : openPort(session, found, input, call);
}

/** A display that a port can lead to. */
interface FoundDisplay {
  readonly record: GuestRecord;
  readonly guarded: NonNullable<Displays['guarded']>;
}

/** The socket, which is there already, or the display that a port is to lead to. */
export async function findConsole(
  session: QemuSession,
  input: Input,
  call: CallContext,
): Promise<(Output & { readonly socket: string }) | FoundDisplay> {
  const record = await findLiveRecord(session, input.vm, call);
  const displays = await reachLiveGuest(session, record, input.vm, call, ({ qmp }) => findDisplays(qmp, call.signal));
  const { open, guarded } = displays;
  if (open === undefined && guarded === undefined) throw withoutDisplays(input.vm);
  const kind = input.kind === 'auto' ? (open === undefined ? 'tcp' : 'socket') : input.kind;
  if (kind === 'socket') return describeSocket(displays, input.vm);
  if (guarded === undefined) throw withoutDisplays(input.vm);
  if ('socket' in guarded && call.door === 'cli') throw withoutRelay();
  return { record, guarded };
}

function describeSocket({ open }: Displays, vm: string): Output & { readonly socket: string } {
  if (open !== undefined) return { kind: 'socket', socket: open, howTo: `vncviewer ${quoteWord(open)}` };
  throw new Fault('unsupported', `The machine "${vm}" has no VNC socket: QEMU has none on Windows.`, {
    remedy: 'Use kind "tcp".',
    data: { field: 'kind' },
  });
}

async function openPort(
  session: QemuSession,
  { record, guarded }: FoundDisplay,
  { vm, seconds }: Input,
  call: CallContext,
): Promise<Output> {
  const opened =
    'socket' in guarded
      ? await openVncRelay(guarded.socket, seconds * 1000)
      : watchPort(session, record, guarded.port, seconds * 1000);
  const former = waiting.get(record.folder);
  waiting.set(record.folder, opened);
  former?.close();
  void opened.used.then(() => endWaiting(session, record, opened));
  const password = createPassword();
  const expiresAt = new Date(Date.now() + seconds * 1000).toISOString();
  try {
    await inTurn(record.folder, () =>
      reachLiveGuest(session, record, vm, call, ({ qmp }) => setPassword(qmp, password, seconds, call.signal)),
    );
  } catch (error) {
    opened.close();
    throw error;
  }
  const { port } = opened;
  return { kind: 'tcp', address: `127.0.0.1:${port}`, password, expiresAt, howTo: `vncviewer 127.0.0.1::${port}` };
}

/** The password is worth nothing from here on, unless it is already another's. */
async function endWaiting(session: QemuSession, record: GuestRecord, opened: WaitingConsole): Promise<void> {
  try {
    await inTurn(record.folder, async () => {
      if (waiting.get(record.folder) !== opened) return;
      waiting.delete(record.folder);
      await reachGuest(session, record, undefined, ({ qmp }) => forgetPassword(qmp));
    });
  } catch (error) {
    // The machine has ended, or somebody else talks to it: then the password ends with its time.
    session.environment.log.info('The password of a console was left to expire.', { error: String(error) });
  }
}

/** Changes of one machine's password, one after the other: one that is forgotten late must not be the next one. */
function inTurn(folder: string, work: () => Promise<void>): Promise<void> {
  const turn = (turns.get(folder) ?? Promise.resolve()).then(work);
  turns.set(
    folder,
    turn.catch(() => {}),
  );
  return turn;
}

/** A port of QEMU's own. That a viewer was let in, only the owner of the machine is told. */
function watchPort(session: QemuSession, record: GuestRecord, port: number, milliseconds: number): WaitingConsole {
  const { promise: used, resolve: close } = Promise.withResolvers<void>();
  const timer = setTimeout(close, milliseconds).unref();
  const stopListening = session.find(record.folder)?.guest.qmp.on('VNC_INITIALIZED', () => close());
  void used.then(() => {
    clearTimeout(timer);
    stopListening?.();
  });
  return { port, used, close };
}

function withoutDisplays(vm: string): Fault {
  return new Fault('unsupported', `The machine "${vm}" was started without a VNC display.`, {
    remedy: 'Stop the machine and start it again; until then use vm.screenshot, vm.sendKeys and vm.type.',
    data: { field: 'vm' },
  });
}

function withoutRelay(): Fault {
  return new Fault(
    'unsupported',
    'A console over TCP ends with the process that opened it, and a command ends at once.',
    {
      remedy: 'Use --kind socket, or ask over MCP or JSON-RPC, whose process stays.',
      data: { field: 'kind' },
    },
  );
}
