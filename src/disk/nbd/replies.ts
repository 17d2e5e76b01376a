import { allocationContextId, chunkDone, chunkType, magic } from './protocol.ts';

/** Bytes of the header of a structured reply's chunk, and of the header of a simple reply. */
const chunkHeader = 20;
export const simpleHeader = 16;
/** Bytes in front of the data of a chunk. */
export const dataHeader = chunkHeader + 8;

// Characters: a message is for one line of a log.
const longestMessage = 1000;

/** What answers one request. */
export interface Handle {
  readonly handleHigh: number;
  readonly handleLow: number;
}

/** Writes at `at` what comes before the data of a simple reply. */
export function writeSimpleHeader(target: Buffer, at: number, handle: Handle, error = 0): void {
  target.writeUInt32BE(magic.simpleReply, at);
  target.writeUInt32BE(error, at + 4);
  target.writeUInt32BE(handle.handleHigh, at + 8);
  target.writeUInt32BE(handle.handleLow, at + 12);
}

/** Writes at `at` what comes before `length` bytes of data of the disk from `offset` on. */
export function writeDataHeader(
  target: Buffer,
  at: number,
  handle: Handle,
  offset: number,
  length: number,
  isLast: boolean,
): void {
  writeChunkHeader(target, at, handle, chunkType.data, length + 8, isLast);
  writeOffset(target, at + chunkHeader, offset);
}

export function makeSimpleReply(handle: Handle, error = 0): Buffer {
  const reply = Buffer.allocUnsafe(simpleHeader);
  writeSimpleHeader(reply, 0, handle, error);
  return reply;
}

/** The last chunk of a reply that needs no more than that it succeeded. */
export function makeNone(handle: Handle): Buffer {
  const chunk = Buffer.allocUnsafe(chunkHeader);
  writeChunkHeader(chunk, 0, handle, chunkType.none, 0, true);
  return chunk;
}

export function makeHole(handle: Handle, offset: number, length: number, isLast: boolean): Buffer {
  const chunk = Buffer.allocUnsafe(chunkHeader + 12);
  writeChunkHeader(chunk, 0, handle, chunkType.hole, 12, isLast);
  writeOffset(chunk, chunkHeader, offset);
  chunk.writeUInt32BE(length, chunkHeader + 8);
  return chunk;
}

export function makeError(handle: Handle, error: number, message: string): Buffer {
  const text = Buffer.from(message.slice(0, longestMessage));
  const chunk = Buffer.allocUnsafe(chunkHeader + 6 + text.length);
  writeChunkHeader(chunk, 0, handle, chunkType.error, 6 + text.length, true);
  chunk.writeUInt32BE(error, chunkHeader);
  chunk.writeUInt16BE(text.length, chunkHeader + 4);
  text.copy(chunk, chunkHeader + 6);
  return chunk;
}

/** `descriptors` holds pairs of length and state. */
export function makeBlockStatus(handle: Handle, descriptors: readonly number[]): Buffer {
  const length = 4 + descriptors.length * 4;
  const chunk = Buffer.allocUnsafe(chunkHeader + length);
  writeChunkHeader(chunk, 0, handle, chunkType.blockStatus, length, true);
  chunk.writeUInt32BE(allocationContextId, chunkHeader);
  for (const [index, value] of descriptors.entries()) chunk.writeUInt32BE(value, chunkHeader + 4 + index * 4);
  return chunk;
}

function writeChunkHeader(
  target: Buffer,
  at: number,
  handle: Handle,
  type: number,
  length: number,
  isLast: boolean,
): void {
  target.writeUInt32BE(magic.chunk, at);
  target.writeUInt16BE(isLast ? chunkDone : 0, at + 4);
  target.writeUInt16BE(type, at + 6);
  target.writeUInt32BE(handle.handleHigh, at + 8);
  target.writeUInt32BE(handle.handleLow, at + 12);
  target.writeUInt32BE(length, at + 16);
}

function writeOffset(target: Buffer, at: number, offset: number): void {
  target.writeUInt32BE(Math.floor(offset / 0x1_0000_0000), at);
  target.writeUInt32BE(offset % 0x1_0000_0000, at + 4);
}
