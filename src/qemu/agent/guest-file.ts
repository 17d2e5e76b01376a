import { z } from 'zod';
import { Fault } from '../../errors/fault.ts';
import type { AgentClient, CommandLimits } from './agent-client.ts';
import { parseAnswer } from './parse-answer.ts';

/** Where the throughput of a guest was best: larger ones gain nothing, and cost the agent memory. */
export const writeChunk = 48 * 1024;
export const readChunk = 256 * 1024;

const handleShape = z.int();
const readShape = z.object({ count: z.int().min(0), 'buf-b64': z.string(), eof: z.boolean() });
const writeShape = z.object({ count: z.int().min(0), eof: z.boolean() });
const seekShape = z.object({ position: z.int().min(0), eof: z.boolean() });

/** As much of an agent as it takes to send commands; what only notes them down is one, too. */
export type AgentChannel = Pick<AgentClient, 'execute'>;

/** A file that the agent holds open. It stays open when the connection ends, so it must be closed, over any other one. */
export type GuestFileHandle = number;

export async function openGuestFile(
  agent: AgentChannel,
  path: string,
  mode: 'rb' | 'wb',
  limits?: CommandLimits,
): Promise<GuestFileHandle> {
  return parseAnswer(handleShape, await agent.execute('guest-file-open', { path, mode }, limits), 'guest-file-open');
}

export async function readGuestFile(
  agent: AgentChannel,
  handle: GuestFileHandle,
  limits?: CommandLimits,
): Promise<{ bytes: Buffer; ended: boolean }> {
  const raw = await agent.execute('guest-file-read', { handle, count: readChunk }, limits);
  const { 'buf-b64': text, eof, count } = parseAnswer(readShape, raw, 'guest-file-read');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== count || count > readChunk || (count === 0 && !eof)) {
    throw new Fault('failed', 'The guest agent gave other bytes of the file than it said.', {
      remedy: 'Restart the service qemu-guest-agent in the guest.',
      data: { asked: readChunk, said: count, given: bytes.length },
    });
  }
  return { bytes, ended: eof };
}

/** Writes all of `bytes`: the agent may take them in parts. */
export async function writeGuestFile(
  agent: AgentChannel,
  handle: GuestFileHandle,
  bytes: Buffer,
  limits?: CommandLimits,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const args = { handle, 'buf-b64': bytes.subarray(done, done + writeChunk).toString('base64') };
    const { count } = parseAnswer(
      writeShape,
      await agent.execute('guest-file-write', args, limits),
      'guest-file-write',
    );
    if (count === 0 || count > bytes.length - done) {
      throw new Fault('failed', 'The guest agent did not write what it was given.', {
        remedy: 'Look whether the disk of the guest is full.',
        data: { given: bytes.length - done, written: count },
      });
    }
    done += count;
  }
}

/** The size of an open file, which is then read from its beginning. */
export async function measureGuestFile(
  agent: AgentChannel,
  handle: GuestFileHandle,
  limits?: CommandLimits,
): Promise<number> {
  const seek = async (offset: number, whence: number) => {
    const raw = await agent.execute('guest-file-seek', { handle, offset, whence }, limits);
    return parseAnswer(seekShape, raw, 'guest-file-seek').position;
  };
  const size = await seek(0, 2);
  await seek(0, 0);
  return size;
}

export async function closeGuestFile(
  agent: AgentChannel,
  handle: GuestFileHandle,
  limits?: CommandLimits,
): Promise<void> {
  await agent.execute('guest-file-close', { handle }, limits);
}

/** A small file as text, such as those of /proc. Longer ones are cut. */
export async function readSmallFile(agent: AgentClient, path: string, limits?: CommandLimits): Promise<string> {
  const handle = await openGuestFile(agent, path, 'rb', limits);
  try {
    const { bytes } = await readGuestFile(agent, handle, limits);
    return bytes.toString('utf8');
  } finally {
    // A handle that is left over costs the agent little; the reason of the failure counts more.
    await closeGuestFile(agent, handle, limits).catch(() => {});
  }
}
