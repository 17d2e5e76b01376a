import { compare } from './support/compare.ts';
import type { Program, Programs } from './support/programs.ts';
import { Session } from './support/session.ts';

const rounds = 15;

/** From the start of the process to the answer to `tools/list`. */
export async function measureStart(programs: Programs): Promise<void> {
  const { vmbridge, vmbridgeSnapshot, serverFilesystem, minimalNode } = programs;
  const pairs: [Program, Program, number][] = [
    [vmbridge, serverFilesystem, 0.5],
    [vmbridge, minimalNode, 3.8],
    [vmbridgeSnapshot, serverFilesystem, 0.35],
    [vmbridgeSnapshot, minimalNode, 2.5],
  ];
  for (const [first, second, limit] of pairs) {
    await compare({
      what: 'Cold start to the tools/list reply',
      unit: 'milliseconds',
      first: first.name,
      second: second.name,
      limit,
      rounds,
      measureFirst: () => startMilliseconds(first),
      measureSecond: () => startMilliseconds(second),
    });
  }
}

async function startMilliseconds(program: Program): Promise<number> {
  const began = performance.now();
  const session = new Session(program);
  const greeting = session.initialize();
  await Promise.all([greeting, session.request('tools/list', {})]);
  const milliseconds = performance.now() - began;
  await session.end();
  return milliseconds;
}
