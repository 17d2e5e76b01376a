import { stat } from 'node:fs/promises';
import { Fault } from '../../errors/fault.ts';
import { checkUrl, showUrl } from './check-url.ts';
import { withDownloadLock } from './download-lock.ts';
import { hashFile } from './hash-file.ts';
import { PartFile } from './part-file.ts';
import { defaultRetryPolicy, type RetryPolicy, retryTransfers } from './retry-transfers.ts';
import { watchForStalls } from './stall-watch.ts';
import { isFullDisk } from './storage-fault.ts';
import { TransferBreak } from './transfer-break.ts';
import { transferFile } from './transfer-file.ts';

export interface DownloadProgress {
  readonly bytes: number;
  /** Bytes of the whole, where the server tells. */
  readonly total?: number | undefined;
  readonly bytesPerSecond: number;
  /** Another process is downloading the same file, and is waited for. */
  readonly waits?: boolean;
}

export interface DownloadOptions {
  /** In hexadecimal. Without it the server has to tell the size, and the hash of what came is only returned. */
  readonly sha512?: string | undefined;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** First with the size and before a byte of content is taken, then some times a second. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly policy?: Partial<RetryPolicy> | undefined;
}

export interface DownloadedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha512: string;
  /** False when the file was there already. */
  readonly fetched: boolean;
}

/**
 * Fetches a file to `target`, over whatever has that name. It gets that name only whole and with the right hash; until
 * then it is `<target>.part`, with a note of its origin in `<target>.part.json`. When the download fails, is cancelled
 * or is killed, these two stay, and the next call goes on with them; a wrong hash and a full disk remove them. A file
 * that is there with the right hash is not fetched again. Downloads of one target wait for each other, also across
 * processes, by `<target>.lock`.
 *
 * Faults: `unavailable` (unreachable, too many tries), `timeout`, `not_found`, `denied`, `failed` (wrong hash, more bytes
 * than allowed), `host_fault` (no room on the disk), `cancelled`.
 */
export async function downloadFile(address: string, target: string, options: DownloadOptions): Promise<DownloadedFile> {
  const url = checkUrl(address);
  const policy = { ...defaultRetryPolicy, ...options.policy };
  const wait = () => options.onProgress?.({ bytes: 0, bytesPerSecond: 0, waits: true });
  return withDownloadLock(`${target}.lock`, options.signal, wait, async () => {
    const { sha512 } = options;
    if (sha512 !== undefined && (await hasHash(target, sha512, options.signal))) {
      return { file: target, bytes: (await stat(target)).size, sha512: sha512.toLowerCase(), fetched: false };
    }
    return fetchTo(url, target, options, policy);
  });
}

async function fetchTo(
  url: URL,
  target: string,
  options: DownloadOptions,
  policy: RetryPolicy,
): Promise<DownloadedFile> {
  const part = await PartFile.open(target);
  try {
    const sha512 = await retryTransfers({
      url,
      policy,
      signal: options.signal,
      advance: () => part.size,
      attempt: signal => tryOnce(url, part, options, policy, signal),
    });
    const bytes = part.size;
    await part.finish();
    return { file: target, bytes, sha512, fetched: true };
  } catch (error) {
    // A part that fills the disk would keep everything else from working.
    if (error instanceof Fault && isFullDisk(error)) await part.discard();
    throw error;
  } finally {
    await part.close();
  }
}

async function tryOnce(
  url: URL,
  part: PartFile,
  { sha512, maxBytes, onProgress }: DownloadOptions,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<string> {
  const keptBytes = part.size;
  const report = throttle(onProgress);
  {
    using watch = watchForStalls(signal, policy.stallMs);
    await transferFile({ url, part, maxBytes, isVerified: sha512 !== undefined, onProgress: report }, watch);
  }
  const actual = await hashFile(part.path, signal);
  if (sha512 === undefined || actual === sha512.toLowerCase()) return actual;
  const wasWhole = part.size;
  await part.restart(undefined);
  // Perhaps its pieces are of two versions; whole from one answer it is simply wrong.
  if (keptBytes > 0) throw new TransferBreak(`its ${wasWhole} bytes, fetched in pieces, do not have the right hash`);
  throw new Fault(
    'failed',
    `The file at ${showUrl(url)} does not have the SHA-512 that it should have; it was removed.`,
    {
      remedy: 'Try again later or use another mirror. Do not use a copy of this file.',
      data: { url: showUrl(url), expected: sha512.toLowerCase(), actual, bytes: wasWhole },
    },
  );
}

async function hasHash(file: string, sha512: string, signal: AbortSignal): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true && (await hashFile(file, signal)) === sha512.toLowerCase();
}

const reportMs = 250;

function throttle(onProgress: DownloadOptions['onProgress']): (bytes: number, total: number | undefined) => void {
  const startedAt = performance.now();
  let firstBytes: number | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (bytes, total) => {
    const now = performance.now();
    firstBytes ??= bytes;
    if (now - toldAt < reportMs && bytes !== total) return;
    toldAt = now;
    const seconds = Math.max(0.001, (now - startedAt) / 1000);
    onProgress?.({ bytes, total, bytesPerSecond: Math.round((bytes - firstBytes) / seconds) });
  };
}
