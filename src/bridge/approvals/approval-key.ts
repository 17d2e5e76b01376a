import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { Fault } from '../../errors/fault.ts';
import { withFileLock } from '../../host/file-lock.ts';
import { listSecretStores, openSecretStore } from '../../host/secret-store/list-secret-stores.ts';
import { secretStoreKinds } from '../../host/secret-store/secret-store.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';

/** Says which store keeps the key: a store that is locked at present must not lead to a second key. */
const keyRecord = z.strictObject({ store: z.enum(secretStoreKinds), name: z.string().regex(/^[\w-]{1,128}$/) });
type KeyRecord = z.infer<typeof keyRecord>;

const keyBytes = 32;

export interface ApprovalKeyPlaces {
  readonly folder: string;
  readonly state: string;
}

/** The key that seals approvals, made at its first use. Faults: `unavailable`, `host_fault`, and those of the store. */
export async function findApprovalKey(places: ApprovalKeyPlaces, signal?: AbortSignal): Promise<Buffer> {
  const file = path.join(places.folder, 'key.json');
  const known = await readRecord(file);
  if (known !== undefined) return readKey(known, places, signal);
  await mkdir(places.folder, { recursive: true, mode: 0o700 });
  return withFileLock(`${file}.lock`, { signal, patienceMs: 60_000 }, async () => {
    const other = await readRecord(file);
    return other === undefined ? makeKey(file, places, signal) : readKey(other, places, signal);
  });
}

async function makeKey(file: string, { folder, state }: ApprovalKeyPlaces, signal?: AbortSignal): Promise<Buffer> {
  const key = randomBytes(keyBytes);
  const name = `approvals-${randomBytes(6).toString('hex')}`;
  const secret = key.toString('base64');
  let reason: unknown;
  for (const store of await listSecretStores({ folder, state })) {
    try {
      await store.write(name, secret, signal);
      if ((await store.read(name, signal)) !== secret) continue;
      await writeFileAtomically(file, JSON.stringify({ store: store.kind, name } satisfies KeyRecord));
      return key;
    } catch (error) {
      if (signal?.aborted) throw error;
      reason = error;
    }
  }
  throw new Fault('unavailable', 'No store of secrets keeps the key that seals approvals.', {
    remedy: `Check that ${folder} can be written.`,
    cause: reason,
  });
}

async function readKey(record: KeyRecord, { folder }: ApprovalKeyPlaces, signal?: AbortSignal): Promise<Buffer> {
  const secret = await openSecretStore(record.store, folder).read(record.name, signal);
  const key = Buffer.from(secret ?? '', 'base64');
  if (key.length === keyBytes) return key;
  throw new Fault('host_fault', `The key that seals approvals is gone (store: ${record.store}).`, {
    remedy: `Remove ${path.join(folder, 'key.json')}: then a new key is made, and what was approved before counts no more.`,
  });
}

async function readRecord(file: string): Promise<KeyRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return keyRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new Fault('host_fault', `The file ${file} is damaged.`, {
      remedy: 'Remove it: then a new key is made, and what was approved before counts no more.',
      cause: error,
    });
  }
}
