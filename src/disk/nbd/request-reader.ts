import type { InputBytes } from './input-bytes.ts';
import { magic, requestLength } from './protocol.ts';

/** The request that was read last, in numbers: an object for each would be felt. The handle is two halves of 32 bits. */
export class RequestReader {
  flags = 0;
  type = 0;
  handleHigh = 0;
  handleLow = 0;
  /** Inexact above 2^53, which is past the end of any disk. */
  offset = 0;
  length = 0;

  /** Reads the next request; its payload is left. */
  next(input: InputBytes): 'request' | 'incomplete' | 'garbage' {
    if (input.length < requestLength) return 'incomplete';
    const { bytes, at } = input;
    if (bytes.readUInt32BE(at) !== magic.request) return 'garbage';
    this.flags = bytes.readUInt16BE(at + 4);
    this.type = bytes.readUInt16BE(at + 6);
    this.handleHigh = bytes.readUInt32BE(at + 8);
    this.handleLow = bytes.readUInt32BE(at + 12);
    this.offset = bytes.readUInt32BE(at + 16) * 0x1_0000_0000 + bytes.readUInt32BE(at + 20);
    this.length = bytes.readUInt32BE(at + 24);
    input.at += requestLength;
    return 'request';
  }
}
