import type { WithAgent } from './use-agent.ts';

export interface CopyRequest {
  readonly source: string;
  readonly target: string;
  /** In the guest only: a file on the host is never replaced. */
  readonly overwrite: boolean;
}

export interface CopyServices {
  readonly withAgent: WithAgent;
  readonly signal: AbortSignal;
  progress(done: number, total: number | undefined): void;
}

export interface CopyResult {
  readonly bytes: number;
  /** Of what was sent, in hexadecimal digits. */
  readonly sha256: string;
  /** What was held against the other side at the end: the hash where the guest could tell it, else the size. */
  readonly compared: 'sha256' | 'size';
  /** False when the guest's file was written in its place, so that others could see a part of it. */
  readonly atomic: boolean;
}

/** Longest file, in bytes: at a few megabytes a second one takes an hour. */
export const largestCopy = 8 * 1024 ** 3;

/** How long one connection serves a copy, in milliseconds; then others get a chance. */
export const sliceMs = 2000;

/** What cleaning up may take after a failure or a cancellation, in milliseconds. */
export const cleanUpMs = 5000;
