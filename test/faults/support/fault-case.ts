import type { FaultCode } from '../../../src/errors/fault.ts';
import type { Answer } from '../../rpc/support/test-bridge.ts';

/** What a case may use before the server is there. */
export interface FaultPlace {
  /** Holds all files of the case, and the server's home. */
  readonly folder: string;
  /** Holds the server's home. */
  readonly home: string;
  /** A bootable raw disk of a guest that says "hello" and heeds the power button. */
  readonly disk: string;
  at(name: string): string;
  /** A bootable raw disk with this code. */
  writeDisk(name: string, code: readonly number[], size?: number): string;
  /** A program of bash. */
  writeProgram(name: string, script: string): string;
  /** Done when the call has ended, before anybody looks at what it left, the last one first. */
  defer(undo: () => unknown): void;
}

export interface FaultBench extends FaultPlace {
  /** The output of a tool; of long work, its result. Throws what it ended with. */
  call(id: string, input: object, signal?: AbortSignal): Promise<Answer>;
}

export interface FaultCall {
  readonly id: string;
  readonly input: object;
  /** Gives the call up after so many milliseconds. */
  readonly cancelAfter?: number;
}

export interface ExpectedFault {
  readonly code: FaultCode;
  /** `data.field` */
  readonly field?: string;
  /** `data.reason` */
  readonly reason?: string;
  readonly message?: RegExp;
  /** The next step that it names. */
  readonly remedy: RegExp;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** For what goes wrong without a failed call: it is told in the answer. */
export interface ExpectedAnswer {
  /** How the answer tells it, for the page, e.g. "verdict `host_fault`". */
  readonly told: string;
  check(answer: Answer, bench: FaultBench): unknown;
}

export interface FaultCase {
  /** What is wrong, as the page says it. */
  readonly name: string;
  /** What vmbridge does and what the remedy is, as the page says it. */
  readonly done: string;
  /** How the server is reached; "jsonrpc" when left out. "reduced": over MCP, by a server without any right of root. */
  readonly door?: 'jsonrpc' | 'mcp' | 'reduced';
  /** The server's home has a path that is too long for sockets. */
  readonly deepHome?: boolean;
  /** Words before the server's own command line, e.g. to hide folders from it. Over MCP. */
  readonly wrap?: readonly string[];
  /** Added to the configuration, whose accelerator is "tcg". */
  readonly configure?: (place: FaultPlace) => object;
  /** Sets the fault up and says which call meets it. */
  readonly arrange: (bench: FaultBench) => FaultCall | Promise<FaultCall>;
  /** Within how many seconds the call has to end. */
  readonly seconds: number;
  /** The case itself ends a machine, whose files go then. */
  readonly changesFiles?: boolean;
  readonly expect: ExpectedFault | ExpectedAnswer;
}

/** Thrown by a case that can not be set up on this host. */
export class CannotArrange extends Error {}
