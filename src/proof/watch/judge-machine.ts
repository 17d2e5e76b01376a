import type { Verdict } from '../../model/verdict.ts';
import { isDiskFull } from '../../qemu/guest/explain-pause.ts';
import type { GuestEvent, GuestExit, GuestStatus } from '../../qemu/guest.ts';
import { machineRules } from '../rules/machine.ts';
import { createVerdict } from '../verdicts.ts';

/** The rule that says that the disk of the host is full. */
export const diskFullRule = machineRules.diskFull.id;

/** What QEMU reported about the machine itself, as a verdict; undefined when the machine simply runs. */
export function judgeEvents(events: readonly GuestEvent[]): Verdict | undefined {
  const find = (name: string): GuestEvent | undefined => events.find(event => event.name === name);
  const panic = find('GUEST_PANICKED');
  if (panic) return createVerdict(machineRules.guestPanicked);
  const error = events.find(event => event.name === 'BLOCK_IO_ERROR');
  if (error) return judgeDiskError(error);
  const down = find('SHUTDOWN');
  if (!down) return undefined;
  if (down.data.reason !== 'guest-panic') return createVerdict(machineRules.guestShutDown);
  return createVerdict(machineRules.guestPanicked, { reason: 'The guest ended because its kernel has panicked.' });
}

/** The restarts that the guest itself asked for; a triple fault is one of them. */
export function listResets(events: readonly GuestEvent[]): GuestEvent[] {
  return events.filter(({ name, data }) => name === 'RESET' && data.guest === true);
}

/** A machine that QEMU has stopped for a reason of its own. */
export function judgeStatus(status: GuestStatus, events: readonly GuestEvent[] = []): Verdict | undefined {
  switch (status) {
    case 'internal-error':
      return createVerdict(machineRules.internalError);
    case 'io-error':
      return judgeDiskError(events.find(isDiskFull) ?? events.find(({ name }) => name === 'BLOCK_IO_ERROR'));
    case 'guest-panicked':
      return createVerdict(machineRules.guestPanicked);
    default:
      return undefined;
  }
}

/** QEMU's process is gone although nobody ended it. */
export function judgeExit(exit: GuestExit): Verdict {
  const how = exit.signal === undefined ? `with exit status ${exit.code ?? 'unknown'}` : `by signal ${exit.signal}`;
  const line = exit.stderr.trim().split('\n').at(-1);
  return createVerdict(machineRules.engineEnded, {
    reason: `QEMU ended unexpectedly ${how}.`,
    line: line === '' ? undefined : line,
  });
}

function judgeDiskError(event: GuestEvent | undefined): Verdict {
  if (event && isDiskFull(event)) return createFullDiskVerdict(event);
  return createVerdict(machineRules.diskError, { line: event && readReason(event) });
}

/** `event`: QEMU's report, when it came to one. */
export function createFullDiskVerdict(event?: GuestEvent): Verdict {
  return createVerdict(machineRules.diskFull, { line: event && readReason(event) });
}

function readReason({ data }: GuestEvent): string | undefined {
  return typeof data.reason === 'string' ? data.reason : undefined;
}
