import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { escapeControls } from '../../errors/escape.ts';
import { cancelledFault } from '../../errors/fault.ts';
import { createRunFolder } from '../../host/run-folder.ts';
import { type RunningProgram, startProgram } from '../../host/start-program.ts';
import type { Accelerator, Engine } from '../engine.ts';
import { formatDevice } from '../guest/format-device.ts';
import { getAcceleratorArguments } from './accelerator-ladder.ts';
import { createTrialDisk, debugPort, exitPort, trialExitCode, trialMarker } from './trial-disk.ts';
import { explainTrialFailure } from './trial-failure.ts';

/** How one accelerator fared. */
export interface AcceleratorTrial {
  readonly accelerator: Accelerator;
  readonly usable: boolean;
  readonly reason: string;
  readonly milliseconds: number;
}

export interface DetailedTrial extends AcceleratorTrial {
  readonly cause: string;
  readonly remedy?: string | undefined;
  readonly stderr: string;
  /** When it was tried: milliseconds since 1970. */
  readonly at: number;
}

/** Time from the guest's first sign of life to the marker, in milliseconds. Real hardware needs less than a tenth of it. */
const speedLimit = 1500;
/** Emulation is slow by nature, and slower on a busy host; there is nothing below it to fall back on. */
const emulationLimit = 30_000;
/** QEMU itself may take long to load the first time, e.g. with a virus scanner; that is no fault of the accelerator. */
const startLimit = 10_000;

/**
 * Runs a tiny machine with this accelerator and watches whether it does its work in time. A device that exists and opens
 * but crawls is as useless as a missing one, and only this shows it.
 */
export async function tryAccelerator(
  engine: Engine,
  accelerator: Accelerator,
  parentFolder: string,
  signal?: AbortSignal,
): Promise<DetailedTrial> {
  const folder = await createRunFolder(parentFolder, 'trial');
  const begin = performance.now();
  try {
    await writeFile(join(folder.path, 'disk.raw'), createTrialDisk());
    const program = await startProgram(engine.system, describeMachine(engine, accelerator), { cwd: folder.path });
    try {
      const outcome = await watch(program, accelerator, join(folder.path, 'debug.log'), signal);
      const milliseconds = Math.round(performance.now() - begin);
      return { accelerator, ...outcome, milliseconds, at: Date.now() };
    } finally {
      program.kill();
      await program.exited;
    }
  } finally {
    await folder.remove();
  }
}

type Outcome = Omit<DetailedTrial, 'accelerator' | 'milliseconds' | 'at'>;

async function watch(
  program: RunningProgram,
  accelerator: Accelerator,
  log: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  let exit: { code: number | undefined; stderr: string } | undefined;
  void program.exited.then(result => {
    exit = result;
  });
  const limit = accelerator === 'tcg' ? emulationLimit : speedLimit;
  let deadline = performance.now() + startLimit;
  let alive = false;
  for (;;) {
    if (signal?.aborted) throw cancelledFault(signal, `The trial of ${accelerator}`);
    // Looked at before the log: what the guest wrote before it ended is then surely in there.
    const ended = exit;
    const text = await readBeginning(log);
    if (text.includes(trialMarker) && (!ended || ended.code === trialExitCode)) return succeed();
    if (ended) return fail(accelerator, ended.stderr);
    if (!alive && text !== '') {
      alive = true;
      deadline = performance.now() + limit;
    }
    if (performance.now() > deadline) return alive ? tooSlow(limit) : silent();
    await wait(5);
  }
}

function succeed(): Outcome {
  return { usable: true, cause: 'none', reason: 'The trial guest ran at the expected speed.', stderr: '' };
}

function fail(accelerator: Accelerator, rawStderr: string): Outcome {
  return {
    usable: false,
    ...explainTrialFailure(accelerator, rawStderr),
    stderr: escapeControls(rawStderr.slice(-2000)),
  };
}

function tooSlow(limit: number): Outcome {
  const reason = `The device is there, but the trial guest crawled: it had not finished after ${limit / 1000} s, where a working one needs about 0.1 s.`;
  return { usable: false, cause: 'too_slow', reason, stderr: '' };
}

function silent(): Outcome {
  const reason = `The trial guest showed no sign of life within ${startLimit / 1000} s.`;
  return { usable: false, cause: 'silent', reason, stderr: '' };
}

function describeMachine(engine: Engine, accelerator: Accelerator): string[] {
  const disk = {
    driver: 'raw',
    'node-name': 'disk',
    'read-only': true,
    file: { driver: 'file', filename: 'disk.raw' },
  };
  const device = (properties: Record<string, unknown>) => formatDevice(engine.version, properties);
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-m', '64M'],
    ...getAcceleratorArguments(accelerator, engine.version),
    ...['-chardev', 'file,id=debug,path=debug.log'],
    ...device({ driver: 'isa-debugcon', iobase: debugPort, chardev: 'debug' }),
    ...device({ driver: 'isa-debug-exit', iobase: exitPort, iosize: 1 }),
    ...['-blockdev', JSON.stringify(disk)],
    ...device({ driver: 'virtio-blk-pci', drive: 'disk', bootindex: 0 }),
  ];
}

async function readBeginning(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024));
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
