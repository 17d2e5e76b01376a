import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Log } from '../host/log.ts';
import type { DoorName } from '../model/call.ts';

export interface AuditEntry {
  readonly at: string;
  readonly door: DoorName;
  readonly user: string;
  readonly client?: string | undefined;
  readonly tool: string;
  readonly input: unknown;
  /** "succeeded", "running" or the code of the Fault. */
  readonly outcome: string;
  readonly operation?: string | undefined;
  readonly approval?: string | undefined;
  readonly milliseconds: number;
}

/**
 * Appends one JSON line to `audit-<year>-<month>.jsonl`. Written synchronously and in one piece: a line must be there
 * when the call is answered, and several processes share the file.
 */
export function writeAudit(folder: string, log: Log, entry: AuditEntry): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, `audit-${entry.at.slice(0, 7)}.jsonl`);
    appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  } catch (error) {
    log.error('The audit line could not be written.', {
      entry,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
