// What the answers themselves cost: for each line on standard input, fetches all addresses side by side over kept
// connections, parses each, and prints how many rows there were. node fetch-and-parse.ts <CA file> <address> …
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';

const [caFile = '', ...addresses] = process.argv.slice(2);
const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });

for await (const _ of createInterface({ input: process.stdin })) {
  const counts = await Promise.all(addresses.map(countRows));
  process.stdout.write(`${counts.reduce((sum, count) => sum + count, 0)}\n`);
}
await dispatcher.close();

async function countRows(address: string): Promise<number> {
  const { body } = await request(address, { dispatcher });
  const { data }: { data: unknown[] } = JSON.parse(await body.text());
  return data.length;
}
