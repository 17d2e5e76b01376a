import { Fault } from '../../errors/fault.ts';
import { showUrl } from './check-url.ts';
import type { PartFile, PartNote } from './part-file.ts';
import { explainBreak, sendRequest } from './send-request.ts';
import type { StallWatch } from './stall-watch.ts';
import { checkSpace } from './storage-fault.ts';
import { TransferBreak } from './transfer-break.ts';

export interface Transfer {
  readonly url: URL;
  readonly part: PartFile;
  readonly maxBytes: number;
  /** The hash is known, so that bytes of two versions taken together would be noticed. */
  readonly isVerified: boolean;
  /** After the size is known and before a byte is taken, then after each piece. */
  readonly onProgress: (bytes: number, total: number | undefined) => void;
}

/** One try: goes on with the part where that is safe, else begins anew. Returns when the part is whole. */
export async function transferFile(transfer: Transfer, watch: StallWatch): Promise<void> {
  const { url, part, onProgress } = transfer;
  const offset = findOffset(transfer);
  if (offset > 0 && offset === part.note?.total) return;
  const response = await sendRequest(url, { headers: rangeHeaders(part, offset), signal: watch.signal });
  watch.touch();
  if (response.status === 416 || (response.status === 206 && !continues(response, part, offset))) {
    await part.restart(undefined);
    throw new TransferBreak('the server has no such range of the file');
  }
  const total = response.status === 206 ? part.note?.total : await begin(transfer, response);
  if (total !== undefined) await checkSpace(part.path, total - part.size);
  onProgress(part.size, total);
  await appendBody(transfer, response, total, watch);
  if (total !== undefined && part.size < total) {
    throw new TransferBreak(`the connection ended after ${part.size} of ${total} bytes`);
  }
}

/** How much of the part can be kept: all, when the server can say whether it still is a part of the same file, or nothing. */
function findOffset({ url, part, maxBytes, isVerified }: Transfer): number {
  const { note, size } = part;
  if (note === undefined || note.url !== url.href || note.total === undefined) return 0;
  const hasValidator = note.etag !== undefined || note.lastModified !== undefined;
  if (!isVerified && (!hasValidator || size >= note.total)) return 0;
  return size <= note.total && note.total <= maxBytes ? size : 0;
}

function rangeHeaders({ note }: PartFile, offset: number): Record<string, string> {
  if (offset === 0) return {};
  const validator = note?.etag ?? note?.lastModified;
  return { range: `bytes=${offset}-`, ...(validator === undefined ? {} : { 'if-range': validator }) };
}

/** Whether the answer is the rest of the very file that the part is of: `Content-Range: bytes 100-999/1000`. */
function continues(response: Response, { note }: PartFile, offset: number): boolean {
  const range = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/.exec(response.headers.get('content-range') ?? '');
  if (range === null || offset === 0 || note?.total === undefined) return false;
  const [, start, end, total] = range;
  const { etag, lastModified } = readValidators(response);
  const differs = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && one !== other;
  if (differs(etag, note.etag) || differs(lastModified, note.lastModified)) return false;
  return Number(start) === offset && Number(end) < note.total && (total === '*' || Number(total) === note.total);
}

/** Empties the part for a whole answer, and returns the size that it announces. */
async function begin({ url, part, maxBytes, isVerified }: Transfer, response: Response): Promise<number | undefined> {
  const length = response.headers.get('content-length');
  const total = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    throw new TransferBreak('the server sent a page instead of the file');
  }
  if (total !== undefined && total > maxBytes) throw tooLong(url, maxBytes, total);
  if (total === undefined && !isVerified) throw new TransferBreak('the server does not tell the size of the file');
  const note: PartNote = { url: url.href, ...readValidators(response), total };
  await part.restart(note);
  return total;
}

async function appendBody(
  { url, part, maxBytes, onProgress }: Transfer,
  response: Response,
  total: number | undefined,
  watch: StallWatch,
): Promise<void> {
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (!/^identity$/i.test(encoding)) throw new TransferBreak('the server compressed the file on its way');
  try {
    for await (const chunk of response.body ?? []) {
      watch.touch();
      if (total !== undefined && part.size + chunk.length > total) {
        await part.restart(undefined);
        throw new TransferBreak(`the server sent more than the ${total} bytes that it announced`);
      }
      if (part.size + chunk.length > maxBytes) throw tooLong(url, maxBytes);
      await part.append(chunk);
      onProgress(part.size, total);
    }
  } catch (error) {
    throw explainBreak(url, error);
  }
}

function readValidators({ headers }: Response): Pick<PartNote, 'etag' | 'lastModified'> {
  const etag = headers.get('etag');
  const lastModified = headers.get('last-modified');
  return {
    // A weak one, W/"…", says that two contents mean the same, not that they are the same bytes.
    ...(etag?.startsWith('"') && { etag }),
    ...(lastModified && { lastModified }),
  };
}

function tooLong(url: URL, maxBytes: number, announced?: number): Fault {
  return new Fault('failed', `The file at ${showUrl(url)} is longer than the ${maxBytes} bytes that it may have.`, {
    remedy: 'Check the address, or use another mirror.',
    data: { url: showUrl(url), maxBytes, announced },
  });
}
