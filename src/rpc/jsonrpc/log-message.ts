import { quoteWord } from '../../errors/quote-word.ts';
import type { LogLine } from '../../host/log.ts';
import { plainText } from '../cli/output/plain-text.ts';

const longestMessage = 8000;
/** What only a person with the source at hand can use; the log file has it. */
const dull: ReadonlySet<string> = new Set(['cause', 'stack', 'entry']);
const secret = /password|passphrase|secret|token|credential/i;

/** A line of the log in one line for people: its text, and what of its data is worth an eye. */
export function formatLogMessage({ message, data = {} }: Omit<LogLine, 'level'>): string {
  const { command, ...others } = data;
  const words = isWords(command) ? [command.map(word => quoteWord(word)).join(' ')] : [];
  const facts = JSON.stringify(others, (key, value) => (dull.has(key) || secret.test(key) ? undefined : value));
  const text = plainText([message, ...words, ...(facts === '{}' ? [] : [facts])].join(' '));
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(word => typeof word === 'string');
}
