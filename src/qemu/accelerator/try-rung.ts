import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { escapeControls } from '../../errors/escape.ts';
import { cancelledFault } from '../../errors/fault.ts';
import { createRunFolder } from '../../host/run-folder.ts';
import { type RunningProgram, startProgram } from '../../host/start-program.ts';
import type { Accelerator, Engine } from '../engine.ts';
import { formatDevice } from '../guest/format-device.ts';
import { getAcceleratorArguments, type Rung } from './accelerator-ladder.ts';
import { createTrialDisk, debugPort, exitPort, trialExitCode, trialMarker, trialStart } from './trial-disk.ts';
import { explainTrialFailure } from './trial-failure.ts';

/** How one rung of the ladder fared. */
export interface DetailedTrial extends Rung {
  readonly usable: boolean;
  readonly reason: string;
  readonly milliseconds: number;
  /** How long the guest's own work took, in milliseconds; absent when it did not get that far. */
  readonly workMilliseconds?: number | undefined;
  readonly cause: string;
  readonly remedy?: string | undefined;
  readonly stderr: string;
  /** When it was tried: milliseconds since 1970. */
  readonly at: number;
}

export interface TrialOptions {
  /** Holds the trial's own folder while it lasts. */
  readonly parentFolder: string;
  readonly clock: TrialClock;
  readonly signal?: AbortSignal | undefined;
}

/** When a trial has lasted too long. All times are those of `performance.now()`. */
export interface TrialClock {
  /** QEMU is loaded, and the guest about to run. */
  readonly loaded: (at: number) => void;
  /** Whether a guest that could have run since `loadedAt` is too slow. */
  readonly isOver: (loadedAt: number) => boolean;
}

/** QEMU itself may take long to load the first time, e.g. with a virus scanner; that is no fault of the accelerator. */
const startLimit = 10_000;
const debugLog = 'debug.log';

/**
 * Runs a tiny machine and watches whether it does its work in time. A device that exists and opens but crawls is as
 * useless as a missing one, and only this shows it.
 */
export async function tryRung(engine: Engine, rung: Rung, options: TrialOptions): Promise<DetailedTrial> {
  const folder = await createRunFolder(options.parentFolder, 'trial');
  const begin = performance.now();
  try {
    await writeFile(join(folder.path, 'disk.raw'), createTrialDisk());
    const program = await startProgram(engine.system, describeMachine(engine, rung), { cwd: folder.path });
    try {
      const outcome = await watch(program, rung, join(folder.path, debugLog), options);
      const milliseconds = Math.round(performance.now() - begin);
      return { ...rung, ...outcome, milliseconds, at: Date.now() };
    } finally {
      program.kill();
      await program.exited;
    }
  } finally {
    await folder.remove();
  }
}

type Outcome = Omit<DetailedTrial, keyof Rung | 'milliseconds' | 'at'>;

async function watch(
  program: RunningProgram,
  { accelerator }: Rung,
  log: string,
  { clock, signal }: TrialOptions,
): Promise<Outcome> {
  let exit: { code: number | undefined; stderr: string } | undefined;
  void program.exited.then(result => {
    exit = result;
  });
  const begin = performance.now();
  let loadedAt: number | undefined;
  let workedFrom: number | undefined;
  for (;;) {
    if (signal?.aborted) throw cancelledFault(signal, `The trial of ${accelerator}`);
    // Looked at before the log: what the guest wrote before it ended is then surely in there.
    const ended = exit;
    const text = await readBeginning(log);
    if (text?.includes(trialStart)) workedFrom ??= performance.now();
    if (text?.includes(trialMarker) && (!ended || ended.code === trialExitCode)) return succeed(workedFrom);
    if (ended) return fail(accelerator, ended.stderr);
    // QEMU makes the log when it is loaded, just before it turns to the accelerator.
    if (loadedAt === undefined && text !== undefined) {
      loadedAt = performance.now();
      clock.loaded(loadedAt);
    }
    if (loadedAt === undefined && performance.now() - begin > startLimit) return silent();
    if (loadedAt !== undefined && clock.isOver(loadedAt)) return tooSlow(performance.now() - loadedAt, text !== '');
    await wait(5);
  }
}

function succeed(workedFrom = performance.now()): Outcome {
  const workMilliseconds = Math.max(1, Math.round(performance.now() - workedFrom));
  const reason = 'The trial guest ran at the expected speed.';
  return { usable: true, cause: 'none', reason, stderr: '', workMilliseconds };
}

function fail(accelerator: Accelerator, rawStderr: string): Outcome {
  return {
    usable: false,
    ...explainTrialFailure(accelerator, rawStderr),
    stderr: escapeControls(rawStderr.slice(-2000)),
  };
}

function tooSlow(milliseconds: number, alive: boolean): Outcome {
  const seconds = (milliseconds / 1000).toFixed(1);
  const how = alive ? 'crawled: it had not finished' : 'showed no sign of life';
  const reason = `The device is there, but the trial guest ${how} after ${seconds} s, where a working one needs about 0.1 s.`;
  return { usable: false, cause: alive ? 'too_slow' : 'silent', reason, stderr: '' };
}

function silent(): Outcome {
  const reason = `QEMU was not ready to run the trial guest within ${startLimit / 1000} s.`;
  return { usable: false, cause: 'silent', reason, stderr: '' };
}

function describeMachine(engine: Engine, rung: Rung): string[] {
  const disk = {
    driver: 'raw',
    'node-name': 'disk',
    'read-only': true,
    file: { driver: 'file', filename: 'disk.raw' },
  };
  const device = (properties: Record<string, unknown>) => formatDevice(engine.version, properties);
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-m', '64M'],
    ...getAcceleratorArguments(rung.accelerator, engine.version, rung),
    ...['-chardev', `file,id=debug,path=${debugLog}`],
    ...device({ driver: 'isa-debugcon', iobase: debugPort, chardev: 'debug' }),
    ...device({ driver: 'isa-debug-exit', iobase: exitPort, iosize: 1 }),
    ...['-blockdev', JSON.stringify(disk)],
    ...device({ driver: 'virtio-blk-pci', drive: 'disk', bootindex: 0 }),
  ];
}

/** Nothing when there is no such file. */
async function readBeginning(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024));
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
