import { createInterface } from 'node:readline/promises';
import { Fault } from '../../errors/fault.ts';
import { plainText } from './output/plain-text.ts';
import type { Session } from './session.ts';

/** Asks the person at the terminal; without one, only `--yes` lets it pass. Throws when the answer is not "yes". */
export async function confirmDestruction(session: Session, what: string): Promise<void> {
  if (session.flags.yes) return;
  if (!(process.stdin.isTTY && process.stderr.isTTY)) {
    throw new Fault('approval_required', `${what} destroys something for good, and there is nobody here to ask.`, {
      remedy: 'Add --yes to go on without being asked.',
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // readline keeps Ctrl-C for itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const question = `${plainText(what)} destroys something for good. Type "yes" to go on: `;
    const answer = await lines.question(question, { signal: session.interruption.signal });
    if (answer.trim().toLowerCase() === 'yes') return;
  } catch (error) {
    throw new Fault('cancelled', `${what} was not confirmed.`, { cause: error });
  } finally {
    lines.close();
  }
  throw new Fault('cancelled', `${what} was not confirmed.`, { remedy: 'Nothing was changed.' });
}
