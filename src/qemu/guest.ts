import type { Picture } from '../model/picture.ts';
import type { GuestPlan } from './boot-plan.ts';
import type { ProcessorState } from './guest/read-processors.ts';
import type { QmpClient } from './qmp/qmp-client.ts';

/** QEMU's own words for what a machine does, and `exited` when its process is gone. */
export type GuestStatus =
  | 'running'
  | 'paused'
  | 'prelaunch'
  | 'shutdown'
  | 'suspended'
  | 'internal-error'
  | 'io-error'
  | 'guest-panicked'
  | 'exited'
  | 'other';

export interface GuestExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** The last 64 KiB that QEMU wrote to standard error, as they came. */
  readonly stderr: string;
}

/** Something that QEMU reported on its own: `RESET`, `SHUTDOWN`, `STOP`, `GUEST_PANICKED`, `BLOCK_IO_ERROR` and so on. */
export interface GuestEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

export interface GuestActivity {
  readonly diskReadBytes: number;
  readonly diskWriteBytes: number;
  /** Processor time that QEMU has used; absent where the host does not tell. */
  readonly cpuSeconds: number | undefined;
}

/** How long each step of the ladder may take, in milliseconds; 0 leaves a step out (but for the last). */
export interface StopLimits {
  readonly acpiMs?: number | undefined;
  readonly quitMs?: number | undefined;
  readonly killMs?: number | undefined;
}

export interface StopResult {
  /** The step that ended the machine; `already` when it had ended before. */
  readonly method: 'acpi' | 'quit' | 'kill' | 'already';
  readonly milliseconds: number;
}

/**
 * A running QEMU. Whoever started it calls `stop()`, always: the signal given to `startGuest` covers the start only.
 * Calls on a machine whose process is gone fail with a `host_fault` that carries QEMU's last words.
 */
export interface Guest {
  readonly pid: number;
  /** The whole command line, program first. */
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly plan: GuestPlan;
  readonly startedAt: Date;
  /** Where the guest agent's channel is; absent for a machine without one. */
  readonly agentPath: string | undefined;
  readonly qmp: QmpClient;
  /** Settles once, when the process is gone; never fails. */
  readonly exited: Promise<GuestExit>;
  /** What QEMU reported, oldest first; the latest 1000. */
  readonly events: readonly GuestEvent[];
  /** How often each event came, also those no longer in `events`. */
  readonly eventCounts: Readonly<Record<string, number>>;
  /** False when QEMU has not answered for some seconds: it was stopped, or hangs. */
  readonly responding: boolean;
  status(signal?: AbortSignal): Promise<GuestStatus>;
  screendump(signal?: AbortSignal): Promise<Picture>;
  /**
   * The 4000 bytes (character, attribute) of the 80 × 25 text screen now shown, or nothing in a graphics mode. `shown`: a picture
   * that was taken a moment ago, which saves taking another.
   */
  vgaText(signal?: AbortSignal, shown?: Picture): Promise<Buffer | undefined>;
  /** What the first serial port has written so far; of a flood, the beginning and the end. */
  serial(): Promise<string>;
  /** What the firmware wrote to its debug port so far. */
  firmwareLog(): Promise<string>;
  activity(signal?: AbortSignal): Promise<GuestActivity>;
  /** What each processor is at; nothing where QEMU does not tell. */
  processors(signal?: AbortSignal): Promise<ProcessorState[] | undefined>;
  /** While `work` goes on, a QEMU that is silent counts as busy with it. */
  whileBusy<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Lets go of a machine that outlives this process. */
  leave(): void;
  /** Ends the machine: power button, then quit, then kill. Can be called again; every caller gets the one result. */
  stop(limits?: StopLimits): Promise<StopResult>;
}
