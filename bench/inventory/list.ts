import { once } from 'node:events';
import path from 'node:path';
import { compare } from '../support/compare.ts';
import { milliseconds } from '../support/milliseconds.ts';
import { InventoryBench, type InventoryServer } from './inventory-bench.ts';

const hosts = [4900, 4900];
const pretended = 200;
const total = 10_000;
const page = 1000;

/** Machines of two providers, two hosts among them, beside what it costs to fetch and parse the answers of the hosts. */
export async function measureInventoryList(): Promise<void> {
  await using bench = await InventoryBench.open({ hosts, pretended, deadlineSeconds: 30 });
  const server = bench.openServer();
  const peer = openPeer(bench);
  const pairing = { unit: 'milliseconds', second: 'fetch and JSON.parse', measureSecond: () => milliseconds(peer) };
  await compare({
    ...pairing,
    what: `First page of ${total} machines`,
    first: 'vm.list',
    limit: 1.3,
    rounds: 40,
    measureFirst: () => milliseconds(() => listPage(server, 0, 100)),
  });
  await compare({
    ...pairing,
    what: `All ${total} machines in pages of ${page}, delivered`,
    first: 'vm.list',
    limit: Number.POSITIVE_INFINITY,
    rounds: 15,
    measureFirst: () => milliseconds(() => listAll(server)),
  });
  const { now, peak } = server.memory();
  console.log(
    `\nResident memory of the server afterwards, megabytes: ${now.toFixed(0)}, at the most ${peak.toFixed(0)}`,
  );
  console.log(`  ${now < 150 ? 'reached' : 'NOT reached'}: below 150`);
}

async function listPage(server: InventoryServer, offset: number, limit: number): Promise<number> {
  const answer = await server.call('vm.list', { offset, limit });
  if (answer.total !== total) throw new Error(`vm.list knows ${answer.total}: ${JSON.stringify(answer.missing)}`);
  return answer.machines.length;
}

async function listAll(server: InventoryServer): Promise<void> {
  for (let offset = 0; offset < total; ) offset += await listPage(server, offset, page);
}

function openPeer(bench: InventoryBench): () => Promise<void> {
  const program = path.join(import.meta.dirname, '../peers/fetch-and-parse.ts');
  const child = bench.start([program, bench.caFile, ...bench.listAddresses]);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('The peer has no pipes.');
  return async () => {
    const answered = once(stdout, 'data');
    stdin.write('\n');
    const [count] = await answered;
    if (Number(String(count)) !== total - pretended) throw new Error(`The peer found ${count} machines.`);
  };
}
