import { Fault } from '../../../errors/fault.ts';
import { flagOf, recordOf, textOf } from '../reply-values.ts';
import { bytesOfReply } from './agent-bytes.ts';
import { explainAgent, readRequest } from './agent-request.ts';
import type { CopyServices } from './copy-services.ts';

export interface FilePiece {
  readonly bytes: Buffer;
  /** Whether it reaches to the end of the file. */
  readonly ended: boolean;
  /** False where the host reads from the beginning only, whatever was asked for. */
  readonly fromOffset: boolean;
}

/** The first release that reads pieces, and tells them as base64. */
const firstWithPieces = 9;

/** Reads a file of the guest, from an offset where the host can. Faults: those of the agent. */
export async function readGuestFile(
  services: CopyServices,
  file: string,
  { offset, count }: { readonly offset: number; readonly count: number },
): Promise<FilePiece> {
  const { session, signal } = services;
  if ((await session.client.version(signal)).major >= firstWithPieces) {
    try {
      const piece = await ask(services, { file, offset, count, decode: false });
      return { bytes: Buffer.from(piece.content, 'base64'), ended: piece.ended, fromOffset: true };
    } catch (error) {
      // "property is not defined in schema": the early releases of that number do not have it yet.
      if (!(error instanceof Fault) || error.code !== 'invalid') throw error;
    }
  }
  const { content, ended } = await ask(services, { file });
  return { bytes: bytesOfReply(content), ended, fromOffset: false };
}

/** {"content":"…","truncated":1} */
async function ask(
  { session, now, signal }: CopyServices,
  params: Readonly<Record<string, string | number | boolean>>,
): Promise<{ content: string; ended: boolean }> {
  try {
    const reply = recordOf(await session.client.send(readRequest(now.guest, params), { signal }), 'the file');
    return { content: textOf(reply.content) ?? '', ended: !flagOf(reply.truncated) };
  } catch (error) {
    throw explainAgent(error, now.machine);
  }
}
