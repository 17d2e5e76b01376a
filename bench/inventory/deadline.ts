import { performance } from 'node:perf_hooks';
import { describeSpread } from '../support/spread.ts';
import { InventoryBench } from './inventory-bench.ts';

const rounds = 3;
const machines = 50;
const deadlineSeconds = 5;
/** What the first page may take beyond the deadline, in milliseconds. */
const slack = 50;

/** 32 hosts of which 4 hang: when the first page comes, from a server that has just been started and from one that runs. */
export async function measureInventoryDeadline(): Promise<void> {
  const hosts = Array.from({ length: 32 }, (_, index) => (index % 8 === 5 ? ('hangs' as const) : machines));
  await using bench = await InventoryBench.open({ hosts, deadlineSeconds });
  const [fresh, warm, answered]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const server = bench.openServer();
    // The process is there, and has loaded what any call needs.
    await server.call('operation.list');
    for (const beyond of [fresh, warm]) {
      const before = performance.now();
      const { missing } = await server.call('vm.list');
      beyond.push(performance.now() - before - deadlineSeconds * 1000);
      answered.push(hosts.length - missing.length);
    }
    await server.end();
  }
  console.log(
    `\n32 hosts of which 4 hang, deadline ${deadlineSeconds} s: first page, milliseconds beyond the deadline`,
  );
  console.log(`  first list of a server, with all connections to be made: ${describeSpread(fresh, 0)}`);
  console.log(`  second list: ${describeSpread(warm, 0)}`);
  console.log(`  hosts that answered: ${describeSpread(answered, 0)}`);
  console.log(`  ${Math.max(...fresh, ...warm) <= slack ? 'reached' : 'NOT reached'}: at most ${slack}`);
}
