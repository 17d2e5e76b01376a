import type { MachineState } from '../../model/machine.ts';
import type { GuestStatus } from '../../qemu/guest.ts';

const states: Readonly<Record<GuestStatus, MachineState>> = {
  running: 'running',
  paused: 'paused',
  prelaunch: 'starting',
  // The guest has shut down; QEMU is about to follow.
  shutdown: 'stopping',
  suspended: 'paused',
  'internal-error': 'failed',
  // A full disk most often: QEMU waits, and the machine goes on where it was once there is room.
  'io-error': 'paused',
  'guest-panicked': 'failed',
  exited: 'stopped',
  other: 'unknown',
};

export function toMachineState(status: GuestStatus): MachineState {
  return states[status];
}
