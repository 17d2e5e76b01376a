import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../catalog/types.ts';
import { Fault } from '../errors/fault.ts';
import { checkNewFile } from '../host/check-new-file.ts';
import { writeNewFile } from '../host/write-new-file.ts';
import type { CallContext } from '../model/call.ts';
import type { PlanStep } from '../model/plan.ts';
import { verdictState } from '../model/verdict.ts';
import { findEvidence, getProof, listProofs } from '../proof/archive/proof-archive.ts';
import { remedyUnknown } from '../proof/archive/suggest-proofs.ts';
import { envelopeFile, proofFile } from '../proof/signing/bundle-statement.ts';
import { keepSigningKey, planSigningKey } from '../proof/signing/keep-signing-key.ts';
import { readNamedKey, readTrustedKeys, trustedFolder } from '../proof/signing/trusted-keys.ts';
import { verifyBundle } from '../proof/signing/verify-bundle.ts';
import type { BridgeServices } from './bridge-services.ts';

/** Holds the evidence of a proof against its signature. */
export async function proofVerify(
  { paths }: BridgeServices,
  { folder: named, publicKey }: ToolInput<'proof.verify'>,
  { signal }: CallContext,
): Promise<ToolOutput<'proof.verify'>> {
  const archive = archiveOf(paths.state);
  const { folder, id } = await findBundle(named, archive);
  const trust =
    publicKey === undefined
      ? { keys: await readTrustedKeys(paths.state), trustedFolder: trustedFolder(paths.state) }
      : { keys: await readNamedKey(path.resolve(publicKey)) };
  return verifyBundle(folder, { ...trust, id }, signal);
}

/** The proofs of this user, from the archive; 50 of them unless more are asked for. */
export async function proofList(
  { paths }: BridgeServices,
  { state, limit = 50, offset = 0, image }: ToolInput<'proof.list'>,
  { signal }: CallContext,
): Promise<ToolOutput<'proof.list'>> {
  const judged = state === 'passed' || state === 'failed';
  if (state !== undefined && !judged) requireState(state);
  const wanted = judged ? { passed: state === 'passed' } : { state };
  return listProofs(archiveOf(paths.state), { ...wanted, image, limit: Math.min(limit, 1000), offset }, signal);
}

/** A word that is none would find nothing, and look as if there were nothing to find. */
function requireState(state: string): void {
  const { data } = verdictState.safeParse(state);
  if (data !== undefined) return;
  throw new Fault('invalid', `There is no state "${state}".`, {
    remedy: `The states are: passed, failed, ${verdictState.options.join(', ')}.`,
    data: { field: 'state' },
  });
}

export function proofGet(
  { paths }: BridgeServices,
  { id }: ToolInput<'proof.get'>,
  { signal }: CallContext,
): Promise<ToolOutput<'proof.get'>> {
  return getProof(archiveOf(paths.state), id, signal);
}

/** The public key of this user, which is made when there is none yet. */
export async function proofKey(
  { paths }: BridgeServices,
  { target }: ToolInput<'proof.key'>,
  { signal }: CallContext,
): Promise<ToolOutput<'proof.key'>> {
  const file = target === undefined ? undefined : await checkNewFile(target, 'target');
  const { keyId, publicKey, store } = await keepSigningKey({ state: paths.state, signal });
  if (file !== undefined) await writeNewFile(file, Buffer.from(publicKey), 'target');
  return { keyId, publicKey, store };
}

export async function planProofKey(
  { paths }: BridgeServices,
  { target }: ToolInput<'proof.key'>,
  { signal }: CallContext,
): Promise<PlanStep[]> {
  const file = target === undefined ? undefined : await checkNewFile(target, 'target');
  const making = await planSigningKey({ state: paths.state, signal });
  if (file === undefined) return making;
  return [...making, { summary: 'Write the public key.', file: { action: 'create', path: file } }];
}

/** Where proofs without a folder of their own lie. */
function archiveOf(state: string): string {
  return path.join(state, 'evidence');
}

/**
 * The folder of a bundle by its path, that of a file in it, or the id of a proof. One of the archive has to be that of the
 * proof after which it is named: an older one in its place, whole as it is, would be taken for it.
 */
async function findBundle(named: string, archive: string): Promise<{ folder: string; id?: string }> {
  const place = path.resolve(named);
  const found = await stat(place).catch(() => undefined);
  const folder = found?.isFile() ? path.dirname(place) : place;
  if (found !== undefined && (await holdsBundle(folder))) {
    return path.dirname(folder) === path.resolve(archive) ? { folder, id: path.basename(folder) } : { folder };
  }
  const evidence = await findEvidence(archive, named);
  if (evidence !== undefined) return { folder: evidence, id: named };
  const message =
    found === undefined
      ? `There is nothing at ${place}, and no proof of that id.`
      : `There is no evidence in ${folder}.`;
  throw new Fault('not_found', message, {
    remedy: `Name a folder that a proof has left, or an id. ${await remedyUnknown(archive, named)}`,
    data: { field: 'folder', path: place },
  });
}

async function holdsBundle(folder: string): Promise<boolean> {
  const found = await Promise.all(
    [envelopeFile, proofFile].map(name => lstat(path.join(folder, name)).catch(() => undefined)),
  );
  return found.some(each => each !== undefined);
}
