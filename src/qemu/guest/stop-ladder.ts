import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../../errors/fault.ts';
import type { StopLimits, StopResult } from '../guest.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';
import { power } from './power.ts';
import { readStatus } from './read-status.ts';

export interface StopTarget {
  readonly pid: number;
  readonly qmp: QmpClient;
  hasExited(): Promise<boolean>;
  /** Resolves when the process is gone. */
  waitForExit(): Promise<unknown>;
  kill(): void | Promise<void>;
}

const defaults = { acpiMs: 15_000, quitMs: 5_000, killMs: 5_000 };

/**
 * How often the button is pressed, in milliseconds: a guest that shows its prompt may not listen to it yet, and one that is
 * shutting down does not mind.
 */
const pressEvery = 1000;

/** Ends a machine: the power button, then QEMU's own quit, then the axe. Each step has its time. */
export async function stopByLadder(target: StopTarget, limits: StopLimits = {}): Promise<StopResult> {
  const begin = performance.now();
  const finish = (method: StopResult['method']) => ({ method, milliseconds: Math.round(performance.now() - begin) });
  if (await target.hasExited()) return finish('already');
  const { acpiMs = defaults.acpiMs, quitMs = defaults.quitMs, killMs = defaults.killMs } = limits;
  if (acpiMs > 0 && (await pressPower(target, acpiMs))) return finish('acpi');
  if (quitMs > 0 && (await quit(target, quitMs))) return finish('quit');
  await target.kill();
  if (await endsWithin(target, Math.max(killMs, 100))) return finish('kill');
  throw new Fault('host_fault', `QEMU (process ${target.pid}) could not be ended.`, {
    remedy: `End process ${target.pid} by hand; it may hang in the host's kernel.`,
    data: { pid: target.pid },
  });
}

async function pressPower(target: StopTarget, milliseconds: number): Promise<boolean> {
  const within = AbortSignal.timeout(milliseconds);
  try {
    // A stopped processor hears no button.
    if ((await readStatus(target.qmp, within)) !== 'running') return false;
    await power.onShutdown(target.qmp, 'poweroff', within);
    await power.pressButton(target.qmp, within);
  } catch {
    return target.hasExited();
  }
  const end = performance.now() + milliseconds;
  for (let left = milliseconds; left > 0; left = end - performance.now()) {
    if (await endsWithin(target, Math.min(left, pressEvery))) return true;
    // It may be gone by now, which the next wait tells.
    if (!within.aborted) power.pressButton(target.qmp, within).catch(() => {});
  }
  return target.hasExited();
}

async function quit(target: StopTarget, milliseconds: number): Promise<boolean> {
  const within = AbortSignal.timeout(milliseconds);
  // It may well be gone before it has answered.
  power.quit(target.qmp, within).catch(() => {});
  return endsWithin(target, milliseconds);
}

async function endsWithin(target: StopTarget, milliseconds: number): Promise<boolean> {
  const calledOff = new AbortController();
  const late = wait(milliseconds, false, { signal: calledOff.signal }).catch(() => false);
  const ended = await Promise.race([target.waitForExit().then(() => true), late]);
  calledOff.abort();
  return ended;
}
