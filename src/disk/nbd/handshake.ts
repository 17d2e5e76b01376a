import type { InputBytes } from './input-bytes.ts';
import { parseContextRequest, parseInfoRequest } from './option-data.ts';
import {
  allocationContext,
  allocationContextId,
  handshakeFlag,
  infoType,
  largestRead,
  magic,
  option,
  optionReply,
  transmissionFlag,
} from './protocol.ts';

/** What a client is told of the export. */
export interface ExportFacts {
  readonly name: string;
  /** Whether knowing the name is what lets a client in: it is then told to nobody. */
  readonly secret: boolean;
  readonly description: string;
  readonly virtualSize: number;
  readonly blockSize: number;
}

export type HandshakeState = 'more' | 'transmission' | 'over';

// A name has at most 4 KiB, and nobody asks for many contexts.
const longestOption = 16 * 1024;
const optionHeader = 16;

/** The server's side of fixed newstyle negotiation. Knows no socket: it is given bytes and gives bytes to `send`. */
export class Handshake {
  /** Whether replies are to be structured. */
  structured = false;
  /** Whether the client may ask for block states. */
  tellsAllocation = false;
  readonly #facts: ExportFacts;
  readonly #name: Buffer;
  readonly #send: (bytes: Buffer) => void;
  #withZeroes = true;
  #greeted = false;
  /** The option whose data is awaited. */
  #option: number | undefined;
  #length = 0;
  #skipped = 0;

  constructor(facts: ExportFacts, send: (bytes: Buffer) => void) {
    this.#facts = facts;
    this.#name = Buffer.from(facts.name);
    this.#send = send;
    const flags = Buffer.alloc(2);
    flags.writeUInt16BE(handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes);
    send(Buffer.concat([magic.greeting, flags]));
  }

  /** Understands what it can of `input`, and leaves what follows the handshake. */
  advance(input: InputBytes): HandshakeState {
    for (;;) {
      const state = this.#greeted ? this.#advanceOption(input) : this.#readClientFlags(input);
      if (state !== undefined) return state;
    }
  }

  /** Undefined: go on with what is there. */
  #readClientFlags(input: InputBytes): HandshakeState | undefined {
    const bytes = input.take(4);
    if (!bytes) return 'more';
    const flags = bytes.readUInt32BE();
    if ((flags & ~(handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes)) !== 0) return 'over';
    this.#withZeroes = (flags & handshakeFlag.noZeroes) === 0;
    this.#greeted = true;
    return undefined;
  }

  #advanceOption(input: InputBytes): HandshakeState | undefined {
    if (this.#option === undefined) {
      const header = input.take(optionHeader);
      if (!header) return 'more';
      if (!header.subarray(0, 8).equals(magic.option)) return 'over';
      this.#option = header.readUInt32BE(8);
      this.#length = header.readUInt32BE(12);
      this.#skipped = 0;
    }
    const asked = this.#option;
    if (this.#length > longestOption) return this.#skipLongOption(asked, input);
    const data = input.take(this.#length);
    if (!data) return 'more';
    this.#option = undefined;
    return this.#answer(asked, data);
  }

  #skipLongOption(asked: number, input: InputBytes): HandshakeState | undefined {
    if (asked === option.exportName) return 'over';
    this.#skipped += input.skip(this.#length - this.#skipped);
    if (this.#skipped < this.#length) return 'more';
    this.#option = undefined;
    return this.#refuse(asked, optionReply.tooBig, 'That is more than any option needs.');
  }

  #answer(asked: number, data: Buffer): HandshakeState | undefined {
    switch (asked) {
      case option.exportName:
        return this.#enterByName(data);
      case option.abort:
        this.#reply(asked, optionReply.acknowledged);
        return 'over';
      case option.list:
        return this.#list(asked, data);
      case option.info:
      case option.go:
        return this.#inform(asked, data);
      case option.structuredReply:
        if (data.length > 0) return this.#refuse(asked, optionReply.invalid, 'This option takes no data.');
        this.structured = true;
        return this.#reply(asked, optionReply.acknowledged);
      case option.listMetaContext:
      case option.setMetaContext:
        return this.#selectContexts(asked, data);
      case option.startTls:
        return this.#refuse(asked, optionReply.unsupported, 'There is no TLS here: nobody else can reach this export.');
      default:
        return this.#refuse(asked, optionReply.unsupported, `This server does not know option ${asked}.`);
    }
  }

  #enterByName(name: Buffer): HandshakeState {
    // This option has no reply that could say no.
    if (!this.#isExport(name)) return 'over';
    const reply = Buffer.alloc(this.#withZeroes ? 134 : 10);
    reply.writeBigUInt64BE(BigInt(this.#facts.virtualSize));
    reply.writeUInt16BE(this.#flags(), 8);
    this.#send(reply);
    return 'transmission';
  }

  #list(asked: number, data: Buffer): undefined {
    if (data.length > 0) return this.#refuse(asked, optionReply.invalid, 'This option takes no data.');
    if (this.#facts.secret) return this.#refuse(asked, optionReply.policy, 'The names of exports are not told.');
    const entry = Buffer.alloc(4 + this.#name.length);
    entry.writeUInt32BE(this.#name.length);
    this.#name.copy(entry, 4);
    this.#reply(asked, optionReply.server, entry);
    return this.#reply(asked, optionReply.acknowledged);
  }

  #inform(asked: number, data: Buffer): HandshakeState | undefined {
    const request = parseInfoRequest(data);
    if (!request) return this.#refuse(asked, optionReply.invalid, 'The data of this option is malformed.');
    if (!this.#isExport(request.name)) return this.#refuseName(asked);
    const facts = Buffer.alloc(12);
    facts.writeUInt16BE(infoType.export);
    facts.writeBigUInt64BE(BigInt(this.#facts.virtualSize), 2);
    facts.writeUInt16BE(this.#flags(), 10);
    this.#reply(asked, optionReply.info, facts);
    if (request.wanted.has(infoType.name)) this.#replyText(asked, infoType.name, this.#facts.name);
    if (request.wanted.has(infoType.description)) {
      this.#replyText(asked, infoType.description, this.#facts.description);
    }
    if (request.wanted.has(infoType.blockSize)) this.#replyBlockSize(asked);
    this.#reply(asked, optionReply.acknowledged);
    return asked === option.go ? 'transmission' : undefined;
  }

  #replyText(asked: number, type: number, text: string): void {
    const bytes = Buffer.alloc(2 + Buffer.byteLength(text));
    bytes.writeUInt16BE(type);
    bytes.write(text, 2);
    this.#reply(asked, optionReply.info, bytes);
  }

  #replyBlockSize(asked: number): void {
    const sizes = Buffer.alloc(14);
    sizes.writeUInt16BE(infoType.blockSize);
    sizes.writeUInt32BE(1, 2);
    sizes.writeUInt32BE(this.#facts.blockSize, 6);
    sizes.writeUInt32BE(largestRead, 10);
    this.#reply(asked, optionReply.info, sizes);
  }

  #selectContexts(asked: number, data: Buffer): undefined {
    const sets = asked === option.setMetaContext;
    // Also a selection that fails replaces the one before.
    if (sets) this.tellsAllocation = false;
    const request = parseContextRequest(data);
    if (!request) return this.#refuse(asked, optionReply.invalid, 'The data of this option is malformed.');
    if (!this.structured)
      return this.#refuse(asked, optionReply.invalid, 'Structured replies have to be agreed first.');
    if (!this.#isExport(request.name)) return this.#refuseName(asked);
    const { queries } = request;
    const listed = !sets && (queries.length === 0 || queries.includes('base:'));
    if (listed || queries.includes(allocationContext)) {
      const context = Buffer.alloc(4 + allocationContext.length);
      context.writeUInt32BE(sets ? allocationContextId : 0);
      context.write(allocationContext, 4);
      this.#reply(asked, optionReply.metaContext, context);
      if (sets) this.tellsAllocation = true;
    }
    return this.#reply(asked, optionReply.acknowledged);
  }

  /** Takes as long for a name that is right in its first letters as for any other. */
  #isExport(name: Buffer): boolean {
    let difference = name.length ^ this.#name.length;
    for (const [index, byte] of name.entries()) difference |= byte ^ (this.#name[index] ?? 0);
    return difference === 0;
  }

  #flags(): number {
    const { hasFlags, readOnly, canMultiConnect, sendDontFragment } = transmissionFlag;
    return hasFlags | readOnly | canMultiConnect | (this.structured ? sendDontFragment : 0);
  }

  #refuseName(asked: number): undefined {
    return this.#refuse(asked, optionReply.unknown, 'There is no export of this name.');
  }

  #refuse(asked: number, type: number, reason: string): undefined {
    return this.#reply(asked, type, Buffer.from(reason));
  }

  #reply(asked: number, type: number, data: Buffer = Buffer.alloc(0)): undefined {
    const header = Buffer.alloc(20);
    magic.optionReply.copy(header);
    header.writeUInt32BE(asked, 8);
    header.writeUInt32BE(type, 12);
    header.writeUInt32BE(data.length, 16);
    this.#send(Buffer.concat([header, data]));
  }
}
