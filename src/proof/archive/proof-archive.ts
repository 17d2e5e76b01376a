import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { ProofResult } from '../../model/proof.ts';
import { proofFile } from '../signing/bundle-statement.ts';
import { isPlainName } from '../signing/plain-name.ts';
import { findElsewhere } from './elsewhere.ts';
import { describeTrend, type ImageTrend, isImage, nameImage } from './image-trend.ts';
import { loadProofs } from './load-proofs.ts';
import { type ProofSummary, readProofJson } from './proof-summary.ts';
import { remedyUnknown } from './suggest-proofs.ts';
import { upgradeProof } from './upgrade-proof.ts';

export interface ProofFilter {
  /** A whole path, or the name of a file. */
  readonly image?: string | undefined;
  readonly state?: string | undefined;
  readonly passed?: boolean | undefined;
  readonly limit: number;
  readonly offset: number;
}

export interface ProofList {
  readonly proofs: ProofSummary[];
  /** How many there are with this filter. */
  readonly total: number;
  /** Of every image on this page, over all of its proofs. */
  readonly trends: ImageTrend[];
  /** Ids of those whose proof.json is damaged. */
  readonly damaged: string[];
}

const mostDamaged = 100;

/** The proofs that lie in the archive or were noted there. */
export async function listProofs(archive: string, filter: ProofFilter, signal: AbortSignal): Promise<ProofList> {
  const { proofs, damaged } = await loadProofs(archive, signal);
  const { image, state, passed, limit, offset } = filter;
  const matching = proofs.filter(
    proof =>
      (image === undefined || isImage(proof.image, image)) &&
      (state === undefined || proof.verdict === state) &&
      (passed === undefined || proof.passed === passed),
  );
  const page = matching.slice(offset, offset + limit);
  const wanted = new Set(page.map(proof => nameImage(proof.image)));
  const groups = Map.groupBy(proofs, proof => nameImage(proof.image));
  const trends = [...wanted].map(name => {
    const group = groups.get(name) ?? [];
    return describeTrend(group[0]?.image ?? name, group);
  });
  return { proofs: page, total: matching.length, trends, damaged: damaged.slice(0, mostDamaged) };
}

/** One proof as proof.json tells it, and how its image did over time. Faults: `not_found`, `failed` (it is damaged). */
export async function getProof(
  archive: string,
  id: string,
  signal: AbortSignal,
): Promise<{ proof: ProofResult; trend: ImageTrend }> {
  const folder = await findEvidence(archive, id);
  if (folder === undefined) {
    throw new Fault('not_found', `There is no proof "${id.slice(0, 200)}".`, {
      remedy: await remedyUnknown(archive, id),
      data: { field: 'id' },
    });
  }
  const proof = upgradeProof(id, await readProofJson(folder));
  if (proof === undefined) {
    throw new Fault('failed', `The proof "${id}" is damaged: ${path.join(folder, proofFile)} can not be read.`, {
      remedy: 'Prove the image again.',
      data: { field: 'id', path: folder },
    });
  }
  const { proofs } = await loadProofs(archive, signal);
  const image = nameImage(proof.image.before.path);
  const own = proofs.filter(each => nameImage(each.image) === image);
  return { proof, trend: describeTrend(proof.image.before.path, own) };
}

/** The folder with the evidence of a proof; undefined when there is none of that id. */
export async function findEvidence(archive: string, id: string): Promise<string | undefined> {
  if (!isPlainName(id)) return undefined;
  const own = path.join(archive, id);
  if (await hasProof(own)) return own;
  const noted = await findElsewhere(archive, id);
  return noted !== undefined && (await hasProof(noted)) ? noted : undefined;
}

async function hasProof(folder: string): Promise<boolean> {
  return (await stat(path.join(folder, proofFile)).catch(() => undefined))?.isFile() === true;
}
