import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

/** `vmbridge config set <key> <value>`: a value that is no JSON is a text. */
export async function setConfiguration(session: Session, key: string, word: string | undefined): Promise<number> {
  const input = word === undefined ? { key, unset: true } : { key, value: parseWord(word) };
  if (session.flags.plan) return session.showPlan('config.set', input);
  const output = await session.call('config.set', input);
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  for (const entry of output.entries) {
    session.print(plainText(`${entry.key} = ${JSON.stringify(entry.value)} (${entry.source})`));
  }
  for (const part of output.restart) session.warn(plainText(`Not yet known to ${part}.`));
  return 0;
}

function parseWord(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}
