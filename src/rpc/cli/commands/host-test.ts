import { styleText } from 'node:util';
import type { ProbeCheck } from '../../../model/provider.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

/** `vmbridge host test <name>`: the exit status is 1 when a step has failed. */
export async function testHost(session: Session, host: string): Promise<number> {
  const output = await session.call('host.test', { host }, { label: `asking ${host}` });
  if (session.flags.json) session.printJson(output);
  else session.print(describeChecks(output.checks));
  return output.passed ? 0 : 1;
}

/** One line for each step, and how to mend what has failed. */
export function describeChecks(checks: readonly ProbeCheck[]): string {
  return checks
    .flatMap(({ name, passed, reason, remedy }) => [
      `${mark(passed)} ${plainText(`${name}: ${reason}`)}`,
      ...(remedy === undefined ? [] : [`  → ${plainText(remedy)}`]),
    ])
    .join('\n');
}

function mark(passed: boolean): string {
  return styleText(passed ? 'green' : 'red', passed ? '✓' : '✗', { stream: process.stdout });
}
