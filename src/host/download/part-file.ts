import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../replace-file.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { createStorageFault } from './storage-fault.ts';

/** Which content a part is a part of. */
export interface PartNote {
  readonly url: string;
  /** A strong ETag. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Bytes of the whole. */
  readonly total?: number | undefined;
}

/**
 * What has come of a file, `<target>.part`, and beside it a note of what it is, `<target>.part.json`. The note is written
 * after an old part was emptied and before the first new byte, so that it never speaks of other bytes.
 */
export class PartFile {
  readonly #target: string;
  readonly #handle: FileHandle;
  #note: PartNote | undefined;
  #size: number;

  private constructor(target: string, handle: FileHandle, note: PartNote | undefined, size: number) {
    this.#target = target;
    this.#handle = handle;
    this.#note = note;
    this.#size = size;
  }

  static async open(target: string): Promise<PartFile> {
    const part = nameOf(target);
    try {
      await mkdir(dirname(target), { recursive: true });
      // In a folder that others may write to, a link planted there would lead the writing elsewhere.
      const handle = await open(part, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o644);
      const { size } = await handle.stat();
      return new PartFile(target, handle, await readNote(target), size);
    } catch (error) {
      throw createStorageFault(part, error);
    }
  }

  get path(): string {
    return nameOf(this.#target);
  }
  get note(): PartNote | undefined {
    return this.#note;
  }
  get size(): number {
    return this.#size;
  }

  async restart(note: PartNote | undefined): Promise<void> {
    await this.#write(async () => {
      await this.#handle.truncate(0);
      this.#size = 0;
      this.#note = note;
      if (note === undefined) await rm(noteNameOf(this.#target), { force: true });
      else await writeFileAtomically(noteNameOf(this.#target), JSON.stringify(note));
    });
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#write(async () => {
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await this.#handle.write(chunk, at, chunk.length - at, this.#size);
        at += bytesWritten;
        this.#size += bytesWritten;
      }
    });
  }

  /** Closes it under its final name. */
  async finish(): Promise<void> {
    await this.#write(async () => {
      await this.#handle.sync();
      await this.#handle.close();
      await replaceFile(this.path, this.#target);
      await rm(noteNameOf(this.#target), { force: true });
    });
  }

  /** Closes it and keeps what has come, if anything has. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (this.#size === 0) await this.discard();
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.path, { force: true });
    await rm(noteNameOf(this.#target), { force: true });
  }

  async #write(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw createStorageFault(this.path, error);
    }
  }
}

function nameOf(target: string): string {
  return `${target}.part`;
}

function noteNameOf(target: string): string {
  return `${target}.part.json`;
}

async function readNote(target: string): Promise<PartNote | undefined> {
  try {
    const raw: unknown = JSON.parse(await readFile(noteNameOf(target), 'utf8'));
    if (typeof raw !== 'object' || raw === null) return undefined;
    const { url, etag, lastModified, total } = raw as Record<string, unknown>;
    if (typeof url !== 'string') return undefined;
    return {
      url,
      ...(typeof etag === 'string' && { etag }),
      ...(typeof lastModified === 'string' && { lastModified }),
      ...(typeof total === 'number' && { total }),
    };
  } catch {
    return undefined;
  }
}
