import { z } from 'zod';
import type { AgentClient, CommandLimits } from './agent-client.ts';
import { parseAnswer } from './parse-answer.ts';

export interface CommandResult {
  readonly exitCode?: number | undefined;
  /** Number of the signal (or on Windows of the exception) that ended it. */
  readonly signal?: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** The agent has dropped the rest: it keeps 16 MiB of each stream. */
  readonly truncated: boolean;
}

/** Both streams in full, in base64, and a little around them. */
const longestStatus = 48 * 1024 * 1024;

const status = z.object({
  exited: z.boolean(),
  exitcode: z.int().optional(),
  signal: z.int().optional(),
  'out-data': z.string().optional(),
  'err-data': z.string().optional(),
  'out-truncated': z.boolean().optional(),
  'err-truncated': z.boolean().optional(),
});

/** The result of a process that has ended; nothing while it runs. The agent forgets an ended one once it has told. */
export async function readStatus(
  agent: AgentClient,
  pid: number,
  limits?: CommandLimits,
): Promise<CommandResult | undefined> {
  const raw = await agent.execute('guest-exec-status', { pid }, { ...limits, replyBytes: longestStatus });
  const found = parseAnswer(status, raw, 'guest-exec-status');
  if (!found.exited) return undefined;
  return {
    exitCode: found.exitcode,
    signal: found.signal,
    stdout: Buffer.from(found['out-data'] ?? '', 'base64'),
    stderr: Buffer.from(found['err-data'] ?? '', 'base64'),
    truncated: found['out-truncated'] === true || found['err-truncated'] === true,
  };
}
