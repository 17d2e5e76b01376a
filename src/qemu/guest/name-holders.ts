import { Fault } from '../../errors/fault.ts';
import { type FileHolder, findFileHolders } from '../../host/find-file-holders.ts';

/**
 * A Fault for a locked image with the names of those that have it open, where the host tells; any other as it is. The file
 * is the one that QEMU named, which may be a parent of the image.
 */
export async function nameHolders(fault: Fault): Promise<Fault> {
  const { reason, image, stderr } = fault.data ?? {};
  if (reason !== 'locked' || typeof image !== 'string') return fault;
  // Is another process using the image [/images/base.qcow2]?
  const named = typeof stderr === 'string' ? /Is another process using the image \[([^\n]+)\]\?/.exec(stderr)?.[1] : '';
  const all = [...(await findFileHolders(image)), ...(named && named !== image ? await findFileHolders(named) : [])];
  const holders = chooseHolders(all);
  if (holders.length === 0) return fault;
  const { code, message, remedy, data, cause, log } = fault;
  const [first] = holders;
  const stop =
    first?.machine === undefined ? remedy : `Stop the machine "${first.machine}", or take a copy of the image.`;
  const sentence = `${holders.map(describe).join(', ')} ${holders.length === 1 ? 'has' : 'have'} it open.`;
  return new Fault(code, `${message} ${sentence}`, { remedy: stop, data: { ...data, holders }, cause, log });
}

/** Those that lock it; when nobody is seen to, those that write; else all that have it open. */
function chooseHolders(holders: readonly FileHolder[]): readonly FileHolder[] {
  const locking = holders.filter(holder => holder.locking);
  const writing = holders.filter(holder => holder.writing);
  return (locking.length > 0 ? locking : writing.length > 0 ? writing : holders).slice(0, 10);
}

function describe({ pid, program, machine }: FileHolder, index: number): string {
  const what = index === 0 ? 'Process' : 'process';
  return `${what} ${pid} (${program}${machine === undefined ? '' : `, machine "${machine}"`})`;
}
