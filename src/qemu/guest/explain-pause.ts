import type { GuestEvent, GuestStatus } from '../guest.ts';

export interface PauseExplanation {
  /** A stable word for programs. */
  readonly reason: 'disk_full' | 'disk_error' | 'accelerator' | 'guest_panicked';
  /** In one sentence. */
  readonly message: string;
  readonly remedy: string;
}

interface Happenings {
  readonly status: GuestStatus;
  readonly events: readonly GuestEvent[];
  /** Holds the files that the guest writes to. */
  readonly folder?: string | undefined;
}

/** Why QEMU has stopped a machine by itself, and how it goes on; nothing when it has not, or somebody asked for it. */
export function explainPause({ status, events, folder }: Happenings): PauseExplanation | undefined {
  switch (status) {
    case 'io-error':
      return explainDisk(events, folder);
    case 'internal-error':
      return {
        reason: 'accelerator',
        message: 'QEMU stopped the machine with an internal error of the accelerator.',
        remedy: 'Stop the machine and start it with another accelerator, e.g. "tcg".',
      };
    case 'guest-panicked':
      return {
        reason: 'guest_panicked',
        message: 'The guest told its virtual hardware that its kernel has panicked.',
        remedy: 'Look at its screen, then stop or restart it.',
      };
    default:
      return undefined;
  }
}

/** Whether a report of a failed read or write says that the host's disk is full. */
export function isDiskFull({ name, data }: GuestEvent): boolean {
  return name === 'BLOCK_IO_ERROR' && data.nospace === true;
}

function explainDisk(events: readonly GuestEvent[], folder: string | undefined): PauseExplanation {
  const last = events.findLast(({ name }) => name === 'BLOCK_IO_ERROR');
  if (last && isDiskFull(last)) {
    const where = folder === undefined ? 'the disk that holds its files' : `the disk that holds ${folder}`;
    return {
      reason: 'disk_full',
      message: 'The host has no space left for what the guest writes.',
      remedy: `Free some space on ${where}; a machine that is kept goes on after vm.resume.`,
    };
  }
  return {
    reason: 'disk_error',
    message: 'The host could not read or write the disk files of the guest.',
    remedy: 'Check the disk that holds them, and its cables or its network.',
  };
}
