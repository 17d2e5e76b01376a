import { ApiError } from '../schema/api-error.ts';
import { type Guest, isTemplate, wordFor } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import type { TaskWork } from '../state/tasks.ts';
import { guestOf } from './guests.ts';

/** Refuses what a lock forbids; only root may pass it by. */
export function checkLock(guest: Guest, call?: HandlerCall): void {
  if (call?.params.flag('skiplock')) {
    if (call.account.userid !== 'root@pam')
      throw new ApiError(400, 'Parameter verification failed.', { skiplock: 'Only root may use this option.' });
    return;
  }
  if (guest.lock !== undefined) throw new ApiError(500, `${wordFor(guest)} is locked (${guest.lock})`);
}

function requireRunning(guest: Guest): void {
  if (!guest.running) throw new ApiError(500, `${wordFor(guest)} ${guest.vmid} not running`);
}

/** To a machine that stands still a shutdown would come when it goes on. */
function refusePaused(guest: Guest): void {
  if (guest.running && guest.qmpstatus === 'paused') throw new ApiError(500, 'VM is paused - cannot shutdown');
}

/** A task of one guest; the types are those of the real one: qmstart, vzstart … */
export function startGuestTask(
  call: HandlerCall,
  guest: Guest,
  verb: string,
  run: (work: TaskWork) => Promise<void> | void,
): string {
  const { cluster, account } = call;
  const type = `${guest.type === 'qemu' ? 'qm' : 'vz'}${verb}`;
  return cluster.startTask({ node: guest.node, type, id: String(guest.vmid), account, run });
}

/**
 * What high availability looks after is only told what it should be: the task ends at once, and the manager does it some time
 * later. Nothing for other guests.
 */
export function tellManager(call: HandlerCall, guest: Guest, verb: 'start' | 'stop' | 'shutdown'): string | undefined {
  const { cluster, account } = call;
  const entry = cluster.section('ha-resources').get(`${guest.type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`);
  if (entry === undefined || entry.state === 'ignored') return undefined;
  const run = () => {
    entry.state = verb === 'start' ? 'started' : 'stopped';
    const later = setTimeout(
      () => (verb === 'start' ? turnOn(guest) : turnOff(guest)),
      cluster.tasks.times.byType.ha ?? 50,
    );
    later.unref();
  };
  return cluster.startTask({
    node: guest.node,
    type: verb === 'start' ? 'hastart' : 'hastop',
    id: String(guest.vmid),
    account,
    run,
  });
}

/** What is pending comes true with a start. */
export function applyPending(guest: Guest): void {
  for (const [key, value] of Object.entries(guest.pending)) {
    if (value === null) delete guest.config[key];
    else guest.config[key] = value;
  }
  guest.pending = {};
}

export function turnOn(guest: Guest): void {
  applyPending(guest);
  guest.running = true;
  guest.qmpstatus = 'running';
  guest.startedAt = Date.now();
}

export function turnOff(guest: Guest): void {
  guest.running = false;
  guest.qmpstatus = 'stopped';
  applyPending(guest);
}

const start: Handler = call => {
  const guest = guestOf(call);
  if (guest.type === 'lxc' && guest.running) throw new ApiError(500, `CT ${guest.vmid} already running`);
  const told = tellManager(call, guest, 'start');
  if (told !== undefined) return told;
  return startGuestTask(call, guest, 'start', async work => {
    if (isTemplate(guest))
      throw new Error(`you can't start a ${guest.type === 'qemu' ? 'vm' : 'CT'} if it's a template`);
    if (guest.lock === 'suspended') delete guest.lock;
    checkLock(guest, call);
    if (guest.running) throw new Error(`VM ${guest.vmid} already running`);
    await work.reach(0.9);
    turnOn(guest);
  });
};

const stop: Handler = call => {
  const guest = guestOf(call);
  if (guest.type === 'lxc') requireRunning(guest);
  const told = tellManager(call, guest, 'stop');
  if (told !== undefined) return told;
  return startGuestTask(call, guest, 'stop', async work => {
    if (guest.lock !== 'suspended') checkLock(guest, call);
    await work.reach(0.5);
    turnOff(guest);
  });
};

const shutdown: Handler = call => {
  const { params } = call;
  const guest = guestOf(call);
  if (guest.type === 'lxc') requireRunning(guest);
  const stopsAnyway = params.flag('forceStop') && guest.qmpstatus === 'paused';
  if (!stopsAnyway) refusePaused(guest);
  const told = tellManager(call, guest, 'shutdown');
  if (told !== undefined) return told;
  return startGuestTask(call, guest, 'shutdown', async work => {
    checkLock(guest, call);
    if (!guest.running) return;
    if (guest.ignoresShutdown && !stopsAnyway) {
      await work.reach(0.9);
      if (!params.flag('forceStop')) {
        throw new Error(guest.type === 'qemu' ? 'VM quit/powerdown failed - got timeout' : 'container did not stop');
      }
      work.log('VM quit/powerdown failed - terminating now with SIGTERM');
    }
    await work.reach(0.95);
    turnOff(guest);
  });
};

const reboot: Handler = call => {
  const guest = guestOf(call);
  refusePaused(guest);
  if (!guest.running) throw new ApiError(500, `VM ${guest.vmid} not running`);
  return startGuestTask(call, guest, 'reboot', async work => {
    checkLock(guest);
    await work.reach(0.8);
    if (guest.ignoresShutdown) throw new Error('VM quit/powerdown failed - got timeout');
    turnOff(guest);
    turnOn(guest);
  });
};

const reset: Handler = call => {
  const guest = guestOf(call);
  requireRunning(guest);
  return startGuestTask(call, guest, 'reset', () => {
    checkLock(guest, call);
    guest.startedAt = Date.now();
    guest.qmpstatus = 'running';
  });
};

const suspend: Handler = call => {
  const guest = guestOf(call);
  requireRunning(guest);
  const toDisk = call.params.flag('todisk');
  if (toDisk && call.cluster.section('ha-resources').has(`vm:${guest.vmid}`)) {
    throw new ApiError(500, 'Cannot suspend HA managed VM to disk');
  }
  return startGuestTask(call, guest, guest.type === 'lxc' || toDisk ? 'suspend' : 'pause', async work => {
    checkLock(guest, call);
    await work.reach(0.8);
    if (!toDisk) {
      guest.qmpstatus = 'paused';
      return;
    }
    turnOff(guest);
    guest.lock = 'suspended';
  });
};

const resume: Handler = call => {
  const guest = guestOf(call);
  if (guest.lock !== 'suspended') requireRunning(guest);
  return startGuestTask(call, guest, 'resume', () => {
    if (guest.lock === 'suspended') {
      delete guest.lock;
      turnOn(guest);
    }
    guest.qmpstatus = 'running';
  });
};

const at = '/nodes/{node}/{type}/{vmid}/status';

export const powerHandlers: Handlers = {
  [`POST ${at}/start`]: start,
  [`POST ${at}/stop`]: stop,
  [`POST ${at}/shutdown`]: shutdown,
  [`POST ${at}/reboot`]: reboot,
  [`POST ${at}/reset`]: reset,
  [`POST ${at}/suspend`]: suspend,
  [`POST ${at}/resume`]: resume,
};
