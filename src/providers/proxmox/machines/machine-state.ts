import type { MachineState } from '../../../model/machine.ts';

// QEMU's words of its run state, and those of Proxmox VE itself.
const states = new Map<string, MachineState>(
  Object.entries<MachineState>({
    running: 'running',
    stopped: 'stopped',
    paused: 'paused',
    postmigrate: 'paused',
    'finish-migrate': 'paused',
    'save-vm': 'paused',
    debug: 'paused',
    suspended: 'paused',
    prelaunch: 'starting',
    inmigrate: 'starting',
    'restore-vm': 'starting',
    shutdown: 'stopping',
    'internal-error': 'failed',
    'io-error': 'failed',
    'guest-panicked': 'failed',
    watchdog: 'failed',
  }),
);

/** Locks tell what the word for the state does not: a machine saved to disk is "stopped" with the lock "suspended". */
export function machineStateOf(word: string, lock: string | undefined): MachineState {
  if (word === 'stopped' && lock === 'suspended') return 'saved';
  if (lock === 'suspending') return 'stopping';
  return states.get(word) ?? 'unknown';
}
