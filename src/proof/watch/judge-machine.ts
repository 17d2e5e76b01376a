import type { Verdict } from '../../model/verdict.ts';
import { isDiskFull } from '../../qemu/guest/explain-pause.ts';
import type { GuestEvent, GuestExit, GuestStatus } from '../../qemu/guest.ts';
import { createVerdict } from '../verdicts.ts';

/** The rule that says that the disk of the host is full. */
export const diskFullRule = 'host-disk-full';

/** What QEMU reported about the machine itself, as a verdict; undefined when the machine simply runs. */
export function judgeEvents(events: readonly GuestEvent[], mostResets: number): Verdict | undefined {
  const find = (name: string): GuestEvent | undefined => events.find(event => event.name === name);
  const panic = find('GUEST_PANICKED');
  if (panic)
    return createVerdict(
      'kernel_panic',
      'guest-panicked',
      'engine',
      'The guest told its virtual hardware that its kernel has panicked.',
    );
  const error = events.find(event => event.name === 'BLOCK_IO_ERROR');
  if (error) return judgeDiskError(error);
  const resets = listResets(events);
  if (resets.length >= mostResets) {
    return createVerdict(
      'inconclusive',
      'reboot-loop',
      'engine',
      `The guest restarted itself ${resets.length} times without reaching a login.`,
    );
  }
  const down = find('SHUTDOWN');
  if (!down) return undefined;
  const isFault = down.data.reason === 'guest-panic';
  if (isFault)
    return createVerdict(
      'kernel_panic',
      'guest-panicked',
      'engine',
      'The guest ended because its kernel has panicked.',
    );
  return createVerdict(
    'inconclusive',
    'guest-shut-down',
    'engine',
    'The guest switched itself off before a login was reached.',
  );
}

/** The restarts that the guest itself asked for; a triple fault is one of them. */
export function listResets(events: readonly GuestEvent[]): GuestEvent[] {
  return events.filter(({ name, data }) => name === 'RESET' && data.guest === true);
}

/** A machine that QEMU has stopped for a reason of its own. */
export function judgeStatus(status: GuestStatus, events: readonly GuestEvent[] = []): Verdict | undefined {
  switch (status) {
    case 'internal-error':
      return createVerdict(
        'host_fault',
        'engine-internal-error',
        'engine',
        'QEMU stopped the machine with an internal error of the accelerator.',
      );
    case 'io-error':
      return judgeDiskError(events.find(isDiskFull) ?? events.find(({ name }) => name === 'BLOCK_IO_ERROR'));
    case 'guest-panicked':
      return createVerdict(
        'kernel_panic',
        'guest-panicked',
        'engine',
        'The guest told its virtual hardware that its kernel has panicked.',
      );
    default:
      return undefined;
  }
}

/** QEMU's process is gone although nobody ended it. */
export function judgeExit(exit: GuestExit): Verdict {
  const how = exit.signal === undefined ? `with exit status ${exit.code ?? 'unknown'}` : `by signal ${exit.signal}`;
  const line = exit.stderr.trim().split('\n').at(-1);
  return createVerdict(
    'host_fault',
    'engine-ended',
    'engine',
    `QEMU ended unexpectedly ${how}.`,
    line === '' ? undefined : line,
  );
}

function judgeDiskError(event: GuestEvent | undefined): Verdict {
  if (event && isDiskFull(event)) return createFullDiskVerdict(event);
  const reason = 'The host could not read or write the disk files of the guest.';
  return createVerdict('host_fault', 'host-disk-error', 'engine', reason, event && readReason(event));
}

/** `event`: QEMU's report, when it came to one. */
export function createFullDiskVerdict(event?: GuestEvent): Verdict {
  const reason = 'The host has no space left for what the guest writes.';
  return createVerdict('host_fault', diskFullRule, 'engine', reason, event && readReason(event));
}

function readReason({ data }: GuestEvent): string | undefined {
  return typeof data.reason === 'string' ? data.reason : undefined;
}
