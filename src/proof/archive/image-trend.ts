import path from 'node:path';
import type { ProofSummary } from './proof-summary.ts';

/** How the proofs of one image went over time. */
export interface ImageTrend {
  readonly image: string;
  readonly proofs: number;
  readonly passed: number;
  /** Verdicts, the newest first. */
  readonly recent: string[];
  readonly medianSeconds: number;
  readonly lastPassed?: string;
  /** When the first proof failed since the last one that passed. */
  readonly failingSince?: string;
}

const mostRecent = 10;

/** The trend of the given proofs, which are all of one image, newest first. */
export function describeTrend(image: string, proofs: readonly ProofSummary[]): ImageTrend {
  const lastPassed = proofs.findIndex(({ passed }) => passed);
  const since = lastPassed === -1 ? proofs : proofs.slice(0, lastPassed);
  // A host that failed says nothing of the image.
  const failing = since.findLast(({ verdict }) => verdict !== 'host_fault');
  return {
    image,
    proofs: proofs.length,
    passed: proofs.filter(({ passed }) => passed).length,
    recent: proofs.slice(0, mostRecent).map(({ verdict }) => verdict),
    medianSeconds: median(proofs.map(({ durationSeconds }) => durationSeconds)),
    ...(lastPassed === -1 ? {} : { lastPassed: proofs[lastPassed]?.startedAt ?? '' }),
    ...(failing === undefined ? {} : { failingSince: failing.startedAt }),
  };
}

/** The same file has the same name here, however it was written. */
export function nameImage(image: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return path.posix.normalize(image);
  return path.win32.normalize(image).toLowerCase();
}

/** Whether `wanted`, a whole path or the name of a file, means this image. */
export function isImage(image: string, wanted: string, platform: NodeJS.Platform = process.platform): boolean {
  const name = nameImage(image, platform);
  const asked = nameImage(wanted, platform);
  const { basename } = platform === 'win32' ? path.win32 : path.posix;
  return name === asked || basename(name) === asked;
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return (upper + lower) / 2;
}
