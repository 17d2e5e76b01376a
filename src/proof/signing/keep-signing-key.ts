import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { withFileLock } from '../../host/file-lock.ts';
import { listSecretStores, openSecretStore } from '../../host/secret-store/list-secret-stores.ts';
import { type SecretStore, secretStoreKinds } from '../../host/secret-store/secret-store.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import type { PlanStep } from '../../model/plan.ts';
import { makeKeySecret, openKeySecret, type SigningKey } from './signing-key.ts';
import { keyFolder, trustedFile, trustKey } from './trusted-keys.ts';

/** Says which key signs and which store keeps it; the key itself is nowhere in it. */
const keyRecord = z.strictObject({
  keyId: z.string().regex(/^[0-9a-f]{64}$/),
  store: z.enum(secretStoreKinds),
  createdAt: z.iso.datetime(),
});
type KeyRecord = z.infer<typeof keyRecord>;

export interface KeyPlaces {
  readonly state: string;
  readonly signal?: AbortSignal | undefined;
  /** Takes the place of the stores of this host. */
  readonly stores?: readonly SecretStore[] | undefined;
}

/**
 * The key that signs proofs. It is made at the first call, once, however many processes call at the same time. Faults:
 * `host_fault` for a damaged record or secret, `unavailable` and `denied` when the store gives no answer.
 */
export async function keepSigningKey(places: KeyPlaces): Promise<SigningKey> {
  const record = await readRecord(places.state);
  if (record !== undefined) return openKept(record, places);
  const folder = keyFolder(places.state);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
  // Stores that are locked ask their user; whoever waits for the lock waits for that, too.
  const options = { signal: places.signal, patienceMs: 60_000 };
  return withFileLock(path.join(folder, 'key.lock'), options, async () => {
    const other = await readRecord(places.state);
    return other === undefined ? makeKey(places, folder) : openKept(other, places);
  });
}

/** What `keepSigningKey` would do; nothing where there is a key already. The id of a new key is known when it is made. */
export async function planSigningKey({ state }: KeyPlaces): Promise<PlanStep[]> {
  if ((await readRecord(state)) !== undefined) return [];
  return [
    { summary: 'Make a new signing key and give it to the first store of secrets here that keeps it.' },
    { summary: 'Trust its public half.', file: { action: 'create', path: trustedFile(state, '<key id>') } },
    { summary: 'Note which key signs.', file: { action: 'create', path: recordFile(state) } },
  ];
}

async function makeKey({ state, stores, signal }: KeyPlaces, folder: string): Promise<SigningKey> {
  const { secret, keyId, publicKey } = makeKeySecret();
  const store = await keepSecret(keyId, secret, stores ?? (await listSecretStores({ folder, state })), signal);
  const key = openKeySecret(secret, store);
  if (key === undefined) throw new TypeError('A key that was just made can not be read.');
  try {
    await trustKey(state, keyId, publicKey);
    // Last: without it the key does not count, and another one is made.
    const record: KeyRecord = { keyId, store, createdAt: new Date().toISOString() };
    await writeFileAtomically(recordFile(state), `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw unwritable(folder, error);
  }
  return key;
}

/** Gives the secret to the first store that takes it and gives it back. */
async function keepSecret(
  name: string,
  secret: string,
  stores: readonly SecretStore[],
  signal: AbortSignal | undefined,
): Promise<SecretStore['kind']> {
  let reason: unknown;
  for (const store of stores) {
    if (signal?.aborted) throw cancelledFault(signal, 'Keeping a new signing key');
    try {
      await store.write(name, secret, signal);
      if ((await store.read(name, signal)) === secret) return store.kind;
    } catch (error) {
      if (signal?.aborted) throw error;
      reason = error;
    }
  }
  if (reason instanceof Fault) throw reason;
  throw new Fault('unavailable', 'No store of secrets keeps a new signing key.', {
    remedy: 'Check that the state folder can be written.',
    cause: reason,
  });
}

async function openKept({ keyId, store: kind }: KeyRecord, { state, stores, signal }: KeyPlaces): Promise<SigningKey> {
  const store = stores?.find(each => each.kind === kind) ?? openSecretStore(kind, keyFolder(state));
  const secret = await store.read(keyId, signal);
  if (secret === undefined) throw damaged(state, `the secret of its key is gone (store: ${kind})`);
  const key = openKeySecret(secret, kind);
  if (key?.keyId !== keyId) throw damaged(state, `the secret is not that of its key (store: ${kind})`);
  return key;
}

function recordFile(state: string): string {
  return path.join(keyFolder(state), 'key.json');
}

async function readRecord(state: string): Promise<KeyRecord | undefined> {
  const text = await readFile(recordFile(state), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw damaged(state, 'its record can not be read', error);
  });
  if (text === undefined) return undefined;
  const { data } = keyRecord.safeParse(parseJson(text));
  if (data === undefined) throw damaged(state, 'its record is damaged');
  return data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(state: string, why: string, cause?: unknown): Fault {
  const file = recordFile(state);
  return new Fault('host_fault', `The signing key of proofs can not be used: ${why}.`, {
    remedy: `Restore ${keyFolder(state)} from a backup, or remove ${file}: then a new key is made, and what the old one signed still counts.`,
    data: { path: file },
    cause,
  });
}

function unwritable(folder: string, cause: unknown): Fault {
  return new Fault('denied', `The folder of signing keys ${folder} can not be written.`, {
    remedy: `Check that ${folder} belongs to this user and that its disk is not full.`,
    data: { path: folder },
    cause,
  });
}
