import { compare } from './support/compare.ts';
import { type Program, type Programs, usePretendHypervisor } from './support/programs.ts';
import { Session } from './support/session.ts';

const warmUp = 4000;
const calls = 30_000;
const underWay = 32;

/** Processor time of the server for one trivial call, with 32 always under way. */
export async function measureCall({ vmbridge, minimalSdk }: Programs): Promise<void> {
  usePretendHypervisor(vmbridge);
  await compare({
    what: `Processor time per trivial call, ${underWay} under way`,
    unit: 'microseconds',
    first: vmbridge.name,
    second: minimalSdk.name,
    limit: 1.15,
    rounds: 6,
    measureFirst: () => callMicroseconds(vmbridge),
    measureSecond: () => callMicroseconds(minimalSdk),
  });
}

async function callMicroseconds(program: Program): Promise<number> {
  const session = new Session(program);
  await session.initialize();
  await session.call(program.trivialTool, warmUp, underWay);
  const before = session.cpuMicroseconds();
  await session.call(program.trivialTool, calls, underWay);
  const microseconds = (session.cpuMicroseconds() - before) / calls;
  await session.end();
  return microseconds;
}
