import type { ToolInput, ToolOutput } from '../../../catalog/types.ts';
import { localHost } from '../../../model/host.ts';
import type { ListedMachine } from '../../../model/inventory.ts';
import { formatSize } from '../output/format-size.ts';
import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';

export type ListFilters = Partial<
  Pick<ToolInput<'vm.list'>, 'provider' | 'host' | 'state' | 'kind' | 'tag' | 'name' | 'text' | 'sort'>
>;
type MachineList = ToolOutput<'vm.list'>;

const pageSize = 1000;

/** `vmbridge list`: every machine of every provider. */
export async function listMachines(session: Session, filters: ListFilters): Promise<number> {
  const { machines, total, missing } = await listAll(session, filters);
  if (session.flags.json) {
    session.printJson({ machines, total, missing });
    return 0;
  }
  if (machines.length > 0) session.print(await machineTable(machines));
  else session.warn('No machines.');
  for (const { provider, host, reason, remedy } of missing) {
    const who = host === undefined || host === localHost ? provider : `${provider}:${host}`;
    session.warn(`vmbridge: ${plainText(`${who} did not answer: ${reason}`)}`);
    if (remedy !== undefined) session.warn(`  → ${plainText(remedy)}`);
  }
  return 0;
}

async function listAll(session: Session, filters: ListFilters): Promise<MachineList> {
  const machines: ListedMachine[] = [];
  for (;;) {
    const input = { ...filters, limit: pageSize, offset: machines.length };
    const { machines: found, total, missing } = await session.call('vm.list', input);
    machines.push(...found);
    if (found.length === 0 || machines.length >= total) return { machines, total, missing };
  }
}

/** Of one whose provider did not answer: how old that is. */
function formatState({ state, ageSeconds }: ListedMachine): string | undefined {
  return ageSeconds === undefined ? state : `${state} (${Math.round(ageSeconds)} s ago)`;
}

function machineTable(machines: readonly ListedMachine[]): Promise<string> {
  return renderTable(
    ['ID', 'NAME', 'STATE', 'CPUS', 'MEMORY', 'IMAGE'],
    machines.map(machine => [
      machine.id,
      machine.name,
      formatState(machine),
      machine.cpus,
      machine.memoryBytes === undefined ? undefined : formatSize(machine.memoryBytes),
      machine.image,
    ]),
  );
}
