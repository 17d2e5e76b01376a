import { setTimeout as delay } from 'node:timers/promises';
import type { ToolOutput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { renderFacts } from '../output/facts.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';
import { type BootInput, imagePath } from './boot-options.ts';

export interface BootOptions extends BootInput {
  readonly until?: 'started' | 'verdict' | undefined;
}

type BootedImage = ToolOutput<'image.boot'>;

/** How often the guest is looked at. */
const lookMilliseconds = 500;

/**
 * `vmbridge boot <image>`: the machine lives as long as the command. Ctrl-C asks the guest to shut down, a second one
 * cuts its power.
 */
export async function bootImage(session: Session, rawImage: string, options: BootOptions): Promise<number> {
  const image = imagePath(rawImage);
  if (session.flags.plan) return session.showPlan('image.boot', { image, ...options });
  const booted = await session.callLong('image.boot', { image, ...options }, { label: 'booting' });
  if (session.interruption.signal.aborted) throw cancelledFault(session.interruption.signal, 'The boot');
  const { id } = booted.machine;
  const stopping = watchForStop(session, id);
  try {
    printBooted(session, booted);
    session.warn(`${plainText(id)} runs until it shuts down; Ctrl-C stops it.`);
    await waitForEnd(session, id, stopping.asked);
    await stopping.done();
  } finally {
    stopping.dispose();
  }
  return session.interruption.exitStatus ?? 0;
}

function printBooted(session: Session, booted: BootedImage): void {
  if (session.flags.json) {
    session.printJson(booted);
    return;
  }
  session.print(plainText(booted.machine.id));
  for (const warning of booted.warnings) session.warn(`warning: ${plainText(warning)}`);
  if (booted.verdict === undefined) return;
  const { state, reason, line } = booted.verdict;
  session.print(
    renderFacts([
      ['verdict', state],
      ['reason', reason],
      ['line', line],
    ]),
  );
}

/** Turns signals into calls of vm.stop, the second one with force. */
function watchForStop(session: Session, vm: string) {
  const asked = new AbortController();
  const stops: Promise<unknown>[] = [];
  const dispose = session.interruption.listen(times => {
    if (times > 2) process.exit(session.interruption.exitStatus ?? 1);
    asked.abort();
    const force = times === 2;
    const label = force ? `switching off ${vm}` : `stopping ${vm}`;
    const stopped = session.callLong('vm.stop', { vm, force }, { label, signal: new AbortController().signal });
    // Its failure is looked at below, or not at all when the other call succeeds.
    stopped.catch(() => {});
    stops.push(stopped);
  });
  const done = async () => {
    for (let waited = 0; waited < stops.length; ) {
      waited = stops.length;
      await Promise.any(stops).catch((error: AggregateError) => {
        const [cause] = error.errors.filter(fault => !isGone(fault));
        // A guest that ended by itself in the meantime is what was wanted.
        if (cause !== undefined) throw cause;
      });
    }
  };
  return { asked: asked.signal, done, dispose };
}

/** Resolves when the machine is gone or has been told to stop. */
async function waitForEnd(session: Session, vm: string, asked: AbortSignal): Promise<void> {
  while (!asked.aborted && (await isAlive(session, vm))) {
    await delay(lookMilliseconds, undefined, { signal: asked }).catch(() => {});
  }
}

async function isAlive(session: Session, vm: string): Promise<boolean> {
  const quiet = new AbortController().signal;
  try {
    const bridge = await session.bridge();
    const { machine } = (await bridge.call('vm.get', { vm }, { door: 'cli', signal: quiet })) as ToolOutput<'vm.get'>;
    return machine.state !== 'stopped' && machine.state !== 'failed';
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Fault && error.code === 'not_found';
}
