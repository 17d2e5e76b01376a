import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { encodePng } from '../../host/png/encode-png.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import type { Picture } from '../../model/picture.ts';
import type { ProofPhase, Screenshot } from '../../model/proof.ts';

/** More pictures than this are not kept: a flickering screen must not fill a disk. */
const mostPictures = 40;

/** A new folder for what a proof leaves behind. Until `finish` has written proof.json the evidence is incomplete. */
export class EvidenceFolder {
  readonly path: string;
  readonly screenshots: Screenshot[] = [];
  /** How many attempts have left their logs here. */
  attempts = 0;
  /** False when the folder was there before, empty: then only what was written into it is removed again. */
  readonly #made: boolean;
  readonly #written = new Set<string>();

  private constructor(folder: string, made: boolean) {
    this.path = folder;
    this.#made = made;
  }

  /**
   * Makes the folder. Throws `conflict` when there is one with something in it; an empty one is taken unless `fresh`, since
   * it may belong to another proof that has just begun.
   */
  static async create(folder: string, fresh = false): Promise<EvidenceFolder> {
    try {
      await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 });
      await mkdir(folder, { mode: 0o700 });
      return new EvidenceFolder(folder, true);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw explain(error, folder);
      if (!fresh && (await readdir(folder).catch(() => ['?'])).length === 0) return new EvidenceFolder(folder, false);
      throw new Fault('conflict', `The evidence folder ${folder} exists already.`, {
        remedy: 'Name a folder that does not exist; evidence is never overwritten.',
        data: { field: 'evidenceFolder', path: folder },
      });
    }
  }

  /** Makes `<stem>`, or `<stem>-2`, `<stem>-3` … when that is taken. */
  static async createNew(stem: string): Promise<EvidenceFolder> {
    for (let number = 1; ; number++) {
      try {
        return await EvidenceFolder.create(number === 1 ? stem : `${stem}-${number}`, true);
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'conflict' || number === 1000) throw error;
      }
    }
  }

  /** Keeps a picture as PNG; its name tells order, moment and phase. */
  async addPicture(picture: Picture, at: number, phase: ProofPhase): Promise<void> {
    if (this.screenshots.length >= mostPictures) return;
    const number = String(this.screenshots.length + 1).padStart(2, '0');
    const file = path.join(this.path, `${number}-${phase.replaceAll('_', '-')}-${at.toFixed(1)}s.png`);
    this.screenshots.push({ path: file, at, phase });
    await this.#write(file, encodePng(picture));
  }

  async addText(name: string, text: string): Promise<void> {
    await this.#write(path.join(this.path, name), text);
  }

  /** Writes proof.json in one step: where it is, the evidence is whole. */
  async finish(proof: Readonly<Record<string, unknown>>): Promise<void> {
    const file = path.join(this.path, 'proof.json');
    try {
      await writeFileAtomically(file, `${JSON.stringify(proof, null, 2)}\n`);
      this.#written.add(file);
    } catch (error) {
      throw explain(error, this.path);
    }
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    if (this.#made) return rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    await Promise.all([...this.#written].map(file => rm(file, { force: true })));
  }

  async #write(file: string, content: string | Uint8Array): Promise<void> {
    this.#written.add(file);
    try {
      await writeFile(file, content, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      throw explain(error, this.path);
    }
  }
}

function explain(error: unknown, folder: string): Fault {
  const full = isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT');
  const message = full
    ? `The disk of the evidence folder ${folder} is full.`
    : `The evidence folder ${folder} can not be written.`;
  return new Fault(full ? 'host_fault' : 'denied', message, {
    remedy: full ? 'Free some space there, or name another evidenceFolder.' : 'Name another evidenceFolder.',
    data: { field: 'evidenceFolder', path: folder },
    cause: error,
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
