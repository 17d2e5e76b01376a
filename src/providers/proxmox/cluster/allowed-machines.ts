import { Fault } from '../../../errors/fault.ts';
import type { ProxmoxSession } from '../session.ts';

/** Whether only some machines may be seen here. */
export function isLimited({ allowsMachine }: ProxmoxSession): boolean {
  return !allowsMachine({ id: '', name: '' });
}

/** Throws `denied` for what reaches all machines where only some may be touched. */
export function refuseLimited(session: ProxmoxSession, what: string): void {
  if (!isLimited(session)) return;
  throw new Fault('denied', `${what} reaches machines that are not on the list of machines allowed here.`, {
    remedy:
      'Name the machine where that can be done, or start vmbridge without --machines and "machines" in its configuration.',
  });
}

/** A test for machines by their number; one that is no more is judged by its id alone. */
export async function findAllowed(session: ProxmoxSession, signal: AbortSignal): Promise<(vmid: number) => boolean> {
  if (!isLimited(session)) return () => true;
  const names = new Map((await session.listGuests(signal)).map(({ vmid, name }) => [vmid, name]));
  return vmid => {
    const id = `proxmox:${session.host}/${vmid}`;
    return session.allowsMachine({ id, name: names.get(vmid) ?? id });
  };
}

/** Throws `denied` for a machine, or what belongs to it, that nobody may touch here. */
export async function requireAllowed(
  session: ProxmoxSession,
  vmid: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (vmid === undefined || (await findAllowed(session, signal))(vmid)) return;
  throw new Fault(
    'denied',
    `The machine proxmox:${session.host}/${vmid} is not on the list of machines allowed here.`,
    {
      remedy: 'Cover it with a pattern of --machines and of "machines" in the configuration, whichever is set.',
      data: { field: 'vm' },
    },
  );
}

/** The number in the id of a machine. */
export function numberOf(vm: string): number {
  return Number(vm.slice(vm.lastIndexOf('/') + 1));
}
