import { type KeyObject, verify } from 'node:crypto';
import { opendir } from 'node:fs/promises';
import path from 'node:path';
import { cancelledFault } from '../../errors/fault.ts';
import { explainUnreadable, hashBundleFile, readSmallFile } from './bundle-file.ts';
import {
  type BundleStatement,
  envelopeFile,
  payloadType,
  proofFile,
  readStatement,
  signerFile,
} from './bundle-statement.ts';
import { type DsseEnvelope, encodeForSigning, readEnvelope } from './dsse-envelope.ts';
import { isPlainName } from './plain-name.ts';
import { identifyKey, readPublicKey } from './public-key.ts';
import type { KeyRing } from './trusted-keys.ts';

/** What of a bundle is not as it was signed: the first thing that was found. */
export interface BundleProblem {
  readonly file: string;
  readonly reason: string;
}

/** What the envelope says. */
export interface SignedFacts {
  readonly keyId: string;
  readonly signedAt: string;
  /** Of the proof, and the path of the image that it is about. */
  readonly id?: string;
  readonly image?: string;
  readonly verdict?: string;
  readonly passed?: boolean;
  /** How many files the signature covers. */
  readonly files: number;
}

export interface BundleExpectations {
  readonly keys: KeyRing;
  /** Where a key is put to be one of them; absent when the caller has named the only one. */
  readonly trustedFolder?: string | undefined;
  /** The evidence has to be that of this proof: a whole bundle of another one is none. */
  readonly id?: string | undefined;
}

export interface BundleCheck {
  readonly valid: boolean;
  readonly problem?: BundleProblem;
  /** Only as good as `valid` says; absent when the signature does not even fit. */
  readonly signed?: SignedFacts;
}

const longestEnvelope = 16 * 2 ** 20;
const longestKey = 64 * 1024;

/** Ends a check: thrown where the problem is found, and never seen outside. */
class Mismatch extends Error {
  readonly problem: BundleProblem;

  constructor(file: string, reason: string) {
    super(reason);
    this.problem = { file, reason };
  }
}

/**
 * Holds a folder of evidence against its signature. With a key that is not in `keys` all the rest is still checked, so that
 * a file that was changed is named rather than the key. Fault: `cancelled`.
 */
export async function verifyBundle(
  folder: string,
  { keys, id, trustedFolder }: BundleExpectations,
  signal?: AbortSignal,
): Promise<BundleCheck> {
  let signed: SignedFacts | undefined;
  try {
    const envelope = await openEnvelope(folder);
    const trusted = keys.get(envelope.keyId);
    const statement = await openStatement(folder, envelope, trusted);
    signed = listFacts(envelope, statement);
    await checkSubjects(folder, statement, signal);
    await refuseOthers(folder, statement, signal);
    if (trusted === undefined) throw describeStranger(envelope, trustedFolder);
    // Some systems take names in any case.
    if (id !== undefined && signed.id !== undefined && signed.id.toLowerCase() !== id.toLowerCase()) {
      throw new Mismatch(envelopeFile, `is that of the proof "${signed.id}", and not of "${id}"`);
    }
    return { valid: true, signed };
  } catch (error) {
    if (error instanceof Mismatch) return { valid: false, problem: error.problem, ...(signed && { signed }) };
    throw error;
  }
}

function listFacts({ keyId }: DsseEnvelope, { predicate, subject }: BundleStatement): SignedFacts {
  const { signedAt, id, image, verdict, passed } = predicate;
  return {
    keyId,
    signedAt,
    ...(id !== undefined && { id }),
    ...(image !== undefined && { image: image.path }),
    ...(verdict !== undefined && { verdict }),
    ...(passed !== undefined && { passed }),
    files: subject.length,
  };
}

function describeStranger({ keyId }: DsseEnvelope, trustedFolder: string | undefined): Mismatch {
  const remedy =
    trustedFolder === undefined ? '' : `: name the signer's public key, or put it into ${trustedFolder} as a .pem file`;
  return new Mismatch(envelopeFile, `is signed by the key ${keyId}, which is not among the keys to trust${remedy}`);
}

async function openEnvelope(folder: string): Promise<DsseEnvelope> {
  const file = path.join(folder, envelopeFile);
  const unreadable = await explainUnreadable(file);
  if (unreadable !== undefined) throw new Mismatch(envelopeFile, unreadable);
  const bytes = await readSmallFile(file, longestEnvelope);
  const text = bytes?.toString('utf8');
  // What is no UTF-8 has no way back.
  const envelope =
    text !== undefined && Buffer.from(text).equals(bytes ?? Buffer.alloc(0)) ? readEnvelope(text) : undefined;
  if (envelope?.payloadType !== payloadType) throw new Mismatch(envelopeFile, 'is not a whole envelope of a proof');
  return envelope;
}

/** The signed statement. Without a trusted key the one in the bundle tells whether the envelope is at least one piece. */
async function openStatement(
  folder: string,
  envelope: DsseEnvelope,
  trusted: KeyObject | undefined,
): Promise<BundleStatement> {
  const statement = readStatement(envelope.payload);
  const key = trusted ?? (await findOwnKey(folder, envelope, statement));
  if (!verify(null, encodeForSigning(envelope.payloadType, envelope.payload), key, envelope.signature)) {
    throw new Mismatch(envelopeFile, 'was changed: the signature does not fit');
  }
  if (statement?.predicate.keyId !== envelope.keyId) throw new Mismatch(envelopeFile, 'is not about a proof');
  return statement;
}

async function findOwnKey(
  folder: string,
  envelope: DsseEnvelope,
  statement: BundleStatement | undefined,
): Promise<KeyObject> {
  const file = path.join(folder, signerFile);
  const key = readPublicKey((await readSmallFile(file, longestKey))?.toString('utf8') ?? '');
  if (key !== undefined && identifyKey(key) === envelope.keyId) return key;
  // Which of the two was changed is told by what the envelope says of the other.
  const subject = statement?.subject.find(({ name }) => name === signerFile);
  if (subject !== undefined) await checkSubject(folder, subject);
  throw new Mismatch(envelopeFile, `names the key ${envelope.keyId.slice(0, 64)}, which is not that of ${signerFile}`);
}

async function checkSubjects(folder: string, { subject }: BundleStatement, signal?: AbortSignal): Promise<void> {
  const names = new Set(subject.map(({ name }) => name));
  const wrong = subject.find(({ name }) => !isPlainName(name) || name === envelopeFile);
  if (wrong !== undefined) throw new Mismatch(wrong.name, 'is no name of a file of the bundle');
  if (names.size !== subject.length) throw new Mismatch(envelopeFile, 'names a file twice');
  if (!names.has(proofFile)) throw new Mismatch(proofFile, 'is not covered by the signature');
  for (const each of subject) await checkSubject(folder, each, signal);
}

async function checkSubject(
  folder: string,
  { name, digest }: BundleStatement['subject'][number],
  signal?: AbortSignal,
): Promise<void> {
  if (!isPlainName(name)) throw new Mismatch(name, 'is no name of a file of the bundle');
  const file = path.join(folder, name);
  const unreadable = await explainUnreadable(file);
  if (unreadable !== undefined) throw new Mismatch(name, unreadable);
  const sum = await hashBundleFile(file, signal);
  if (sum === undefined) throw new Mismatch(name, 'can not be read');
  if (sum !== digest.sha256) throw new Mismatch(name, 'was changed: its SHA-256 is another one');
}

/** Of what nobody signed, the first by name is told. */
async function refuseOthers(folder: string, { subject }: BundleStatement, signal?: AbortSignal): Promise<void> {
  const names = new Set([envelopeFile, ...subject.map(({ name }) => name)]);
  let other: string | undefined;
  for await (const { name } of await opendir(folder)) {
    if (signal?.aborted) throw cancelledFault(signal, `Checking ${folder}`);
    if (!names.has(name) && (other === undefined || name < other)) other = name;
  }
  if (other !== undefined) throw new Mismatch(other, 'is not covered by the signature');
}
