import { readdir } from 'node:fs/promises';
import { isPlainName } from '../signing/plain-name.ts';
import { listElsewhere } from './elsewhere.ts';

const most = 3;
/** Ids begin with a word of the image: with less in common than this, another image is meant. */
const leastCommon = 3;

/** Proofs that may have been meant by an id that there is not, the likeliest first. */
export async function suggestProofs(archive: string, id: string): Promise<string[]> {
  const names = [...(await readdir(archive).catch(() => [])), ...(await listElsewhere(archive))].filter(isPlainName);
  const wanted = id.toLowerCase();
  const likely = [...new Set(names)]
    .map(name => ({ name, common: countCommon(wanted, name.toLowerCase()) }))
    .filter(({ common }) => common >= Math.min(leastCommon, wanted.length));
  // Of those that are equally alike the last one, which is the newest of its image.
  likely.sort((one, other) => other.common - one.common || (one.name < other.name ? 1 : -1));
  return likely.slice(0, most).map(({ name }) => name);
}

/** For the remedy of a Fault about an id that there is not. */
export async function remedyUnknown(archive: string, id: string): Promise<string> {
  const names = await suggestProofs(archive, id);
  const words = names.map(name => JSON.stringify(name)).join(' or ');
  return `${words === '' ? '' : `Did you mean ${words}? `}List them: vmbridge proofs`;
}

/** How many characters they have in common, from the beginning; all of them when one is a part of the other. */
function countCommon(wanted: string, name: string): number {
  if (name.includes(wanted)) return wanted.length;
  let count = 0;
  while (count < wanted.length && wanted[count] === name[count]) count++;
  return count;
}
