import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { approval } from '../../model/approval.ts';
import { canonicalJson } from '../canonical-json.ts';

/** What an approval is for: nothing else can be done with it. */
const binding = z.strictObject({
  /** Of the tool and its input, secrets included. Made with the key, so that nobody can try passwords on it. */
  call: z.string(),
  /** Of the steps that were planned. */
  plan: z.string(),
  /** The machine as it was; null when the call is about none. */
  observed: z.record(z.string(), z.unknown()).nullable(),
});
export type Binding = z.infer<typeof binding>;

const approvalRecord = approval.extend({ version: z.literal(1), binding });
export type ApprovalRecord = z.infer<typeof approvalRecord>;

const sealedRecord = z.strictObject({ record: approvalRecord, seal: z.string() });

/** A record as it is kept, with what only the holder of the key can write. */
export function sealRecord(record: ApprovalRecord, key: Buffer): string {
  return JSON.stringify({ record, seal: sealOf(record, key) });
}

/** The record in a file's text; undefined when it is not one that was sealed with the key. */
export function openRecord(text: string, key: Buffer): ApprovalRecord | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = sealedRecord.safeParse(raw);
  if (data === undefined) return undefined;
  const [found, wanted] = [Buffer.from(data.seal), Buffer.from(sealOf(data.record, key))];
  return found.length === wanted.length && timingSafeEqual(found, wanted) ? data.record : undefined;
}

/** A fingerprint of any value, which tells nothing about it without the key. */
export function fingerprint(value: unknown, key: Buffer): string {
  return createHmac('sha256', key).update(canonicalJson(value)).digest('hex');
}

function sealOf(record: ApprovalRecord, key: Buffer): string {
  return fingerprint({ sealed: 'approval', record }, key);
}
