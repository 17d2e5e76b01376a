import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { encodePng } from '../../host/png/encode-png.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import type { Picture } from '../../model/picture.ts';
import type { ProofPhase, ProofSignature, Screenshot } from '../../model/proof.ts';
import { rememberElsewhere } from '../archive/elsewhere.ts';
import { listSerialLines } from '../screen/serial-lines.ts';
import { envelopeFile, proofFile, signerFile } from '../signing/bundle-statement.ts';
import type { Signer } from '../signing/open-signer.ts';
import { sealBundle } from '../signing/seal-bundle.ts';
import { FilmStrip } from './film-strip.ts';
import { explainFolder, isCode, isFull, isOfSystem, Losses } from './losses.ts';
import { proofRecord, summarizeRecord } from './proof-record.ts';
import { renderReport } from './report/render-report.ts';
import { shrinkPicture } from './shrink-picture.ts';

/** More pictures than this are not kept: a flickering screen must not fill a disk. */
const mostPictures = 40;
/** Those of verdicts, one for each attempt, are kept all the same, up to this. */
const mostWithVerdicts = 60;
/** A screen whose PNG is larger is part of the report in a smaller size. */
const largestInReport = 2 * 2 ** 20;
/** Where there is no room for the proof itself, other files go: these first, and among the rest pictures before logs. */
const leastTelling = ['report.html', 'film-strip.png'];
/** Of the first attempt without a number. */
const serialName = /^serial(?:-(\d+))?\.log$/;

export interface EvidencePlaces {
  /** True when the folder must not be there, empty or not: it may belong to another proof that has just begun. */
  readonly fresh?: boolean | undefined;
  /** Names the proof; the folder's name when left out. */
  readonly id?: string | undefined;
  /** The folder of the archive that is to find the evidence, although it lies elsewhere. */
  readonly archive?: string | undefined;
}

export interface FinishOptions {
  /** Signs all that was written; without it the evidence has no signature. */
  readonly signer?: Signer | undefined;
  /** Which attempt decided: what `attempts` was when its logs were written. The last one when left out. */
  readonly attempt?: number | undefined;
}

export interface FinishedEvidence {
  readonly signature?: ProofSignature;
  /** What did not work, although the evidence is whole. Those known in time stand in proof.json as well. */
  readonly warnings: string[];
}

/**
 * A new folder for what a proof leaves behind. Until `finish` has written proof.json the evidence is incomplete. A verdict is
 * worth more than what shows it: once the folder is made, nothing that can not be written is thrown, but told at the end.
 */
export class EvidenceFolder {
  readonly path: string;
  readonly id: string;
  readonly screenshots: Screenshot[] = [];
  /** How many attempts have left their logs here. */
  attempts = 0;
  /** False when the folder was there before, empty: then only what was written into it is removed again. */
  readonly #made: boolean;
  readonly #archive: string | undefined;
  /** SHA-256 of each file, of what was written and not of what may stand there now. */
  readonly #digests = new Map<string, string>();
  readonly #losses: Losses;
  readonly #strip = new FilmStrip();
  /** Of each attempt, by its number. */
  readonly #lastScreens = new Map<number, Buffer>();
  readonly #serialEnds = new Map<number, string>();

  private constructor(folder: string, made: boolean, { id, archive }: EvidencePlaces) {
    this.path = folder;
    this.#made = made;
    this.id = id ?? path.basename(folder);
    this.#archive = archive;
    this.#losses = new Losses(folder);
  }

  /** Makes the folder. Throws `conflict` when there is one with something in it; an empty one is taken unless `fresh`. */
  static async create(folder: string, places: EvidencePlaces = {}): Promise<EvidenceFolder> {
    try {
      await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 });
      await mkdir(folder, { mode: 0o700 });
      return new EvidenceFolder(folder, true, places);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw explainFolder(error, folder);
      if (!places.fresh && (await isEmpty(folder))) return new EvidenceFolder(folder, false, places);
      throw describeTaken(folder);
    }
  }

  /** Throws `conflict` where `create` would. */
  static async requireFree(folder: string): Promise<void> {
    if (existsSync(folder) && !(await isEmpty(folder))) throw describeTaken(folder);
  }

  /** Makes `<stem>`, or `<stem>-2`, `<stem>-3` … when that is taken. */
  static async createNew(stem: string): Promise<EvidenceFolder> {
    for (let number = 1; ; number++) {
      try {
        return await EvidenceFolder.create(number === 1 ? stem : `${stem}-${number}`, { fresh: true });
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'conflict' || number === 1000) throw error;
      }
    }
  }

  /** Keeps a picture as PNG; its name tells order, moment and phase. */
  async addPicture(picture: Picture, at: number, phase: ProofPhase): Promise<void> {
    if (this.screenshots.length >= (phase === 'verdict' ? mostWithVerdicts : mostPictures)) return;
    const number = String(this.screenshots.length + 1).padStart(2, '0');
    const name = `${number}-${phase.replaceAll('_', '-')}-${at.toFixed(1)}s.png`;
    const png = encodePng(picture);
    const last = png.length > largestInReport ? encodePng(shrinkPicture(picture, 640, 480)) : png;
    this.#lastScreens.set(this.attempts + 1, last);
    if (!(await this.#write(name, png))) return;
    this.screenshots.push({ path: path.join(this.path, name), at, phase });
    this.#strip.add(picture, at);
  }

  /** Keeps a text under a name right in the folder. */
  async addText(name: string, text: string): Promise<void> {
    const serial = serialName.exec(name);
    if (serial)
      this.#serialEnds.set(
        Number(serial[1] ?? 1),
        listSerialLines(text, 120)
          .join('\n')
          .slice(-64 * 1024),
      );
    await this.#write(name, text);
  }

  /**
   * Writes film strip and report, then proof.json in one step: where it is, the evidence is whole. The signed envelope comes
   * last and covers all the other files. Where there is no room for these two, others go; without them nothing stays.
   */
  async finish(proof: Readonly<Record<string, unknown>>, options: FinishOptions = {}): Promise<FinishedEvidence> {
    const { signer, attempt = Math.max(1, this.attempts) } = options;
    const signed = signer === undefined ? proof : { ...proof, signature: signer.signature };
    const warnings = await this.#addViews(addWarnings(signed, this.#losses.describe()), attempt);
    if (!(await this.#addProof(signed, warnings, signer))) {
      await this.discard().catch(() => {});
      this.screenshots.length = 0;
      return { warnings: [this.#losses.describeAll()] };
    }
    warnings.push(...this.#losses.describe());
    if (this.#archive !== undefined) {
      const problem = await rememberElsewhere(this.#archive, this.id, this.path);
      if (problem !== undefined) warnings.push(problem);
    }
    return { ...(signer === undefined ? {} : { signature: signer.signature }), warnings };
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    if (this.#made) return rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    const files = [...this.#digests.keys()].map(name => path.join(this.path, name));
    await Promise.all(files.map(file => rm(file, { force: true })));
  }

  /** What shows the proof to people. It proves nothing that is not in the rest, so a proof does without it if need be. */
  async #addViews(proof: Readonly<Record<string, unknown>>, attempt: number): Promise<string[]> {
    const strip = this.#strip.draw();
    if (strip !== undefined) await this.#write('film-strip.png', encodePng(strip));
    const { data, error } = proofRecord.safeParse(proof);
    if (data === undefined) {
      const fields = error.issues.slice(0, 5).map(({ path: field }) => field.join('.'));
      return [`There is no report.html: the proof has other fields than expected (${fields.join(', ')}).`];
    }
    const pictures = { frames: this.#strip.frames, last: this.#lastScreens.get(attempt) };
    await this.#write('report.html', renderReport(data, pictures, this.#serialEnds.get(attempt) ?? ''));
    return [];
  }

  /** Whether proof and envelope were written. */
  async #addProof(
    proof: Readonly<Record<string, unknown>>,
    warnings: readonly string[],
    signer: Signer | undefined,
  ): Promise<boolean> {
    for (;;) {
      const whole = addWarnings(proof, [...warnings, ...this.#losses.describe()]);
      try {
        if (signer !== undefined) await this.#replace(signerFile, signer.publicKey);
        await this.#replace(proofFile, `${JSON.stringify(whole, null, 2)}\n`);
        if (signer !== undefined) await this.#replace(envelopeFile, this.#seal(whole, signer));
        return true;
      } catch (error) {
        if (!isOfSystem(error)) throw error;
        const name = isFull(error) ? this.#findLeastTelling() : undefined;
        this.#losses.add(name ?? proofFile, error);
        if (name === undefined) return false;
        await this.#drop(name);
      }
    }
  }

  #findLeastTelling(): string | undefined {
    const pictures = this.screenshots.toSorted(
      (one, other) => Number(one.phase === 'verdict') - Number(other.phase === 'verdict'),
    );
    const names = pictures.map(({ path: file }) => path.basename(file));
    const logs = [...this.#digests.keys()].filter(name => name.endsWith('.log')).sort();
    return [...leastTelling, ...names, ...logs].find(name => this.#digests.has(name));
  }

  async #drop(name: string): Promise<void> {
    this.#digests.delete(name);
    const index = this.screenshots.findIndex(({ path: file }) => path.basename(file) === name);
    if (index !== -1) this.screenshots.splice(index, 1);
    await rm(path.join(this.path, name), { force: true }).catch(() => {});
  }

  #seal(proof: Readonly<Record<string, unknown>>, signer: Signer): string {
    const { data } = proofRecord.safeParse(proof);
    // The proof itself first, as whoever reads the envelope looks for it.
    const files = new Map([[proofFile, this.#digests.get(proofFile) ?? ''], ...this.#digests]);
    return sealBundle(files, data === undefined ? {} : summarizeRecord(data), signer);
  }

  /** Whether a further file was written; else it is one that could not be kept. */
  async #write(name: string, content: string | Uint8Array): Promise<boolean> {
    const file = path.join(this.path, name);
    try {
      await writeFile(file, content, { mode: 0o600, flag: 'wx' });
      this.#note(name, content);
      return true;
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      this.#losses.add(name, error);
      // A part of it would be none of the evidence; one that was there before is not ours.
      if (!isCode(error, 'EEXIST')) await rm(file, { force: true }).catch(() => {});
      return false;
    }
  }

  async #replace(name: string, content: string): Promise<void> {
    await writeFileAtomically(path.join(this.path, name), content);
    this.#note(name, content);
  }

  #note(name: string, content: string | Uint8Array): void {
    this.#digests.set(name, createHash('sha256').update(content).digest('hex'));
  }
}

async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => ['?'])).length === 0;
}

function describeTaken(folder: string): Fault {
  return new Fault('conflict', `The evidence folder ${folder} exists already.`, {
    remedy: 'Name a folder that does not exist; evidence is never overwritten.',
    data: { field: 'evidenceFolder', path: folder },
  });
}

function addWarnings(proof: Readonly<Record<string, unknown>>, more: readonly string[]): Record<string, unknown> {
  const { warnings } = proof;
  return more.length > 0 && Array.isArray(warnings) ? { ...proof, warnings: [...warnings, ...more] } : { ...proof };
}
