import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { accelerators } from '../engine.ts';
import { guestFiles } from './guest-files.ts';

const processIdentity = z.object({ pid: z.int().min(1), start: z.string().optional() });

/** What another process of this user needs to find a running guest and to stop it. */
export const guestRecord = z.object({
  folder: z.string(),
  /** What the machine was called when it was started. */
  name: z.string().optional(),
  process: processIdentity,
  owner: processIdentity,
  startedAt: z.iso.datetime(),
  image: z.object({ path: z.string(), format: z.string() }),
  machine: z.string(),
  accelerator: z.enum(accelerators),
  cpus: z.int().optional(),
  memoryBytes: z.int().optional(),
  engine: z.object({ system: z.string(), version: z.string() }),
  /** The address of the channel of the process that keeps the machine; free for another when that one is gone. */
  ownerChannel: z.string().optional(),
  /** The address of the channel for visitors. */
  visitor: z.string(),
  /** The address of the guest agent's channel; absent where the machine has none. */
  agent: z.string().optional(),
  /** Id of the kept machine that runs here; absent for a throw-away one. */
  definition: z.string().optional(),
  /** It goes on when the process that started it ends. */
  outlives: z.boolean().default(false),
});
export type GuestRecord = z.infer<typeof guestRecord>;

export async function writeGuestRecord(record: GuestRecord): Promise<void> {
  await writeFileAtomically(join(record.folder, guestFiles.record), `${JSON.stringify(record, null, 2)}\n`);
}

/** The record in a folder; nothing when there is none that can be read. */
export async function readGuestRecord(folder: string): Promise<GuestRecord | undefined> {
  try {
    const record = guestRecord.parse(JSON.parse(await readFile(join(folder, guestFiles.record), 'utf8')));
    return { ...record, folder };
  } catch {
    return undefined;
  }
}
