import { Fault } from '../errors/fault.ts';
import type { VerifyProblem } from '../model/image.ts';
import type { DiskImage } from './disk-image.ts';
import type { DiskLayer } from './disk-layer.ts';
import { readInto } from './source/byte-reader.ts';

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

export interface Verified {
  /** The first ones. */
  readonly problems: readonly VerifyProblem[];
  readonly totalProblems: number;
  readonly errors: number;
  /** Bytes of data that were read. */
  readonly bytesRead: number;
}

const mostReported = 100;
/** After so many of one file the rest of it is not looked at: it is no image any more. */
const mostOfOneFile = 10_000;
const chunk = 4 * 1024 * 1024;
/** How far to go on behind a place of which nothing is known, where the format has no blocks. */
const blindStep = 1024 * 1024;

/**
 * Checks all structures of an image and of all files below it, and reads every block that they hold, whether a child covers it
 * or not. What is wrong is listed, not thrown; Faults are of the host alone.
 */
export async function verifyImage(image: DiskImage, options: VerifyOptions = {}): Promise<Verified> {
  const findings = new Findings();
  const total = await countBytes(image, options.signal);
  let done = 0;
  const advance = (bytes: number) => {
    done += bytes;
    options.progress?.(Math.min(done, total), total);
  };
  for (const layer of image.layers) {
    for (const { code, message, blocking } of layer.obstacles) {
      const severity = blocking ? 'error' : 'warning';
      if (code === 'truncated') findings.add({ severity, path: layer.path, structure: 'file', message });
    }
    await layer.verify?.({ signal: options.signal, report: problem => findings.add(problem) });
    await readLayer(layer, findings, advance, options.signal);
  }
  return { ...findings.summary(), bytesRead: done };
}

/** A file whose structures do not even let it be opened, as a problem; any other Fault is undefined. */
export function describeUnreadable(error: unknown): VerifyProblem | undefined {
  if (!(error instanceof Fault) || error.code !== 'invalid') return undefined;
  const { path, structure, offset } = error.data ?? {};
  if (typeof path !== 'string' || typeof structure !== 'string') return undefined;
  return {
    severity: 'error',
    path,
    structure,
    ...(Number.isSafeInteger(offset) && { offset: Number(offset) }),
    message: error.message,
  };
}

class Findings {
  readonly #problems: VerifyProblem[] = [];
  #total = 0;
  #errors = 0;

  add(problem: VerifyProblem): void {
    this.#total++;
    if (problem.severity === 'error') this.#errors++;
    if (this.#problems.length < mostReported) this.#problems.push(problem);
  }

  get errors(): number {
    return this.#errors;
  }

  summary(): Omit<Verified, 'bytesRead'> {
    return { problems: this.#problems, totalProblems: this.#total, errors: this.#errors };
  }
}

async function countBytes({ layers }: DiskImage, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (const layer of layers) {
    const counted = layer.survey ? (await layer.survey(signal)).allocatedBytes : layer.fileSize;
    total += Math.min(counted, layer.virtualSize);
  }
  return Math.max(1, total);
}

async function readLayer(
  layer: DiskLayer,
  findings: Findings,
  advance: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const memory = Buffer.allocUnsafeSlow(chunk);
  const before = findings.errors;
  for (let offset = 0; offset < layer.virtualSize && findings.errors - before < mostOfOneFile; ) {
    offset += await tolerate(layer, offset, findings, async () => {
      const piece = await layer.locate(offset, Math.min(chunk, layer.virtualSize - offset), signal);
      if (piece.kind === 'file') {
        await readInto(piece.source, memory.subarray(0, piece.length), piece.offset, signal);
        advance(piece.length);
      }
      return piece.length;
    });
  }
}

/** What `work` gives, or how far to skip after a failure, which is noted. */
async function tolerate(
  layer: DiskLayer,
  offset: number,
  findings: Findings,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'cancelled') throw error;
    const structure = typeof error.data?.structure === 'string' ? error.data.structure : 'data block';
    const place = Number(error.data?.offset);
    findings.add({
      severity: 'error',
      path: layer.path,
      structure,
      ...(Number.isSafeInteger(place) && { offset: place }),
      message: error.message,
    });
    const step = layer.blockSize ?? blindStep;
    return step - (offset % step);
  }
}
