import { compare } from './support/compare.ts';
import { type Program, type Programs, usePretendHypervisor } from './support/programs.ts';
import { Session } from './support/session.ts';

const calls = 150_000;
const underWay = 32;

/** Resident memory of the server after 150,000 trivial calls. */
export async function measureMemory({ vmbridge, serverFilesystem }: Programs): Promise<void> {
  usePretendHypervisor(vmbridge);
  await compare({
    what: `Resident memory after ${calls} calls`,
    unit: 'megabytes',
    first: vmbridge.name,
    second: serverFilesystem.name,
    limit: 0.55,
    rounds: 3,
    measureFirst: () => residentMegabytes(vmbridge),
    measureSecond: () => residentMegabytes(serverFilesystem),
  });
}

async function residentMegabytes(program: Program): Promise<number> {
  const session = new Session(program);
  await session.initialize();
  await session.call(program.trivialTool, calls, underWay);
  const megabytes = session.residentMegabytes();
  await session.end();
  return megabytes;
}
