import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Fault } from '../../../errors/fault.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

/** Whether there is a person at a terminal who can be asked. */
export function hasPerson(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks the person at the terminal for one line. `hidden` shows nothing of what is typed. Fault `cancelled` after Ctrl-C or Ctrl-D. */
export async function askLine(session: Session, question: string, options: { hidden?: boolean } = {}): Promise<string> {
  const { hidden = false } = options;
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = hidden ? silence : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  // readline keeps Ctrl-C for itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  if (hidden) process.stderr.write(plainText(question));
  try {
    const signal = AbortSignal.any([session.interruption.signal, closed.signal]);
    return await lines.question(hidden ? '' : plainText(question), { signal });
  } catch (error) {
    throw new Fault('cancelled', 'Nothing was answered.', { remedy: 'Nothing was changed.', cause: error });
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}
