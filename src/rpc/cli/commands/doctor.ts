import { existsSync } from 'node:fs';
import { styleText } from 'node:util';
import type { ToolOutput } from '../../../catalog/types.ts';
import type { Fault } from '../../../errors/fault.ts';
import { findPaths } from '../../../host/paths.ts';
import type { ProbeCheck } from '../../../model/provider.ts';
import { asFault } from '../../faults.ts';
import { version } from '../../version.ts';
import { renderFacts } from '../output/facts.ts';
import { faultJson, faultText } from '../output/fault-text.ts';
import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';

type Engine = ToolOutput<'engine.status'>;
type Providers = ToolOutput<'provider.list'>['providers'];
type Found = { readonly engine: Engine; readonly providers: Providers } | { readonly fault: Fault };

/** `vmbridge doctor`: what works here, and how to mend what does not. Exit status 1 when no image could be proved. */
export async function examine(session: Session, retry: boolean): Promise<number> {
  const found = await look(session, retry);
  if (session.interruption.signal.aborted && 'fault' in found) throw found.fault;
  const { configuration, logs } = findPaths();
  const ready = 'engine' in found && found.engine.available;
  const here = { version, node: process.version, platform: `${process.platform} ${process.arch}` };
  const places = { configuration, configured: existsSync(configuration), logs };
  if (session.flags.json) {
    session.printJson({ ready, ...here, ...places, ...('fault' in found ? faultJson(found.fault) : found) });
    return ready ? 0 : 1;
  }
  const facts = renderFacts([
    ['vmbridge', `${version}, Node ${process.version}, ${here.platform}`],
    ['configuration', `${configuration}${places.configured ? '' : ' (not there: defaults)'}`],
    ['log', logs],
  ]);
  session.print([facts, ...('fault' in found ? [] : await describeFound(found))].join('\n'));
  if ('fault' in found) session.warn(faultText(found.fault).trimEnd());
  session.print(
    `\n${ready ? mark(true) : mark(false)} ${ready ? 'Images can be booted here.' : 'Images can not be booted here.'}`,
  );
  return ready ? 0 : 1;
}

/** A configuration that cannot be read is a finding, too. */
async function look(session: Session, retry: boolean): Promise<Found> {
  try {
    const { providers } = await session.call('provider.list', {}, { label: 'providers' });
    const engine = await session.call('engine.status', { retry }, { label: 'engine' });
    return { engine, providers };
  } catch (error) {
    return { fault: asFault(error, 'The examination') };
  }
}

async function describeFound({ engine, providers }: { engine: Engine; providers: Providers }): Promise<string[]> {
  return [
    '',
    'Engine',
    ...engine.checks.flatMap(describeCheck),
    ...(engine.trials.length === 0 ? [] : [await trialTable(engine)]),
    ...providers.flatMap(provider => [
      '',
      `Provider ${plainText(provider.title)}${provider.available ? '' : ' (can not be used here)'}`,
      ...provider.checks.flatMap(describeCheck),
    ]),
  ];
}

async function trialTable({ trials }: Engine): Promise<string> {
  const table = await renderTable(
    ['ACCELERATOR', 'USABLE', 'MS', 'PROCESSOR', 'REASON'],
    trials.map(({ accelerator, cpu, usable, milliseconds, reason }) => [
      accelerator,
      usable ? 'yes' : 'no',
      Math.round(milliseconds),
      cpu?.split(',', 1)[0] ?? '',
      reason,
    ]),
  );
  return `\n${table}`;
}

function describeCheck({ name, passed, reason, remedy }: ProbeCheck): string[] {
  const line = `  ${mark(passed)} ${plainText(name)}: ${plainText(reason)}`;
  return remedy === undefined ? [line] : [line, `    → ${plainText(remedy)}`];
}

function mark(passed: boolean): string {
  return styleText(passed ? 'green' : 'red', passed ? '✓' : '✗', { stream: process.stdout });
}
