import type { LogLevel, LogLine } from '../host/log.ts';
import type { Watching, WatchListener } from '../inventory/watch/inventory-watch.ts';
import type { DoorName, Progress } from '../model/call.ts';
import type { Plan } from '../model/plan.ts';
import type { McpTool } from '../tools/derive/mcp-tool.ts';
import type { GuardedTool } from './guard.ts';

/** Who asks, and how to reach them while the call runs. */
export interface Caller {
  readonly door: DoorName;
  readonly signal: AbortSignal;
  /** Name of the client program, for the audit log. */
  readonly client?: string | undefined;
  readonly progress?: ((update: Progress) => void) | undefined;
  /** How the person at the client is asked; absent where the client shows no forms. */
  readonly people?: PersonAtClient | undefined;
}

/** The person at the other end of one connection, reached by forms that the client shows. */
export interface PersonAtClient {
  /** What is known of the client; kept for as long as the connection. */
  readonly knowledge: ClientKnowledge;
  /** Resolves to the client's answer as it came, or to undefined when that will come with another call. */
  ask(question: ApprovalQuestion): Promise<unknown>;
  /** The answer to a question that an earlier call asked. */
  readonly answered?: { readonly question: string; readonly answer: unknown } | undefined;
}

export interface ClientKnowledge {
  /** It returned a code that stood in a form alone: it does show them. */
  showsForms: boolean;
  wrongAnswers: number;
}

export interface ApprovalQuestion {
  readonly id: string;
  readonly message: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** How long the answer is waited for. */
  readonly milliseconds: number;
}

export interface CatalogEntry extends GuardedTool {
  /** Field of the output that holds a PNG in base64. */
  readonly picture?: string;
  readonly mcp: McpTool;
}

/** The whole product behind any door. */
export interface Bridge {
  /** The tools offered now, by id. */
  listTools(): readonly CatalogEntry[];
  /** Calls a tool with unchecked input. Rejects with a Fault and with nothing else. */
  call(id: string, rawInput: unknown, caller: Caller): Promise<Record<string, unknown>>;
  /** Tells what such a call would do, and does nothing. Rejects with the Fault that the call would begin with. */
  plan(id: string, rawInput: unknown, caller: Caller): Promise<Plan>;
  /** Tells when `listTools` would answer differently. Returns a function that stops it. */
  onToolsChanged(listener: () => void): () => void;
  /** Tells of lines of the log of this level and above. Returns a function that stops it. */
  onLog(level: LogLevel, listener: (line: LogLine) => void): () => void;
  /** The machines that fit, and from then on what becomes of them, until it is stopped. Rejects with a Fault. */
  watch(rawFilter: unknown, caller: Pick<Caller, 'signal'>, listener: WatchListener): Promise<Watching>;
  /** Looks which providers can be used and narrows the list to what they answer. */
  refreshTools(): Promise<void>;
  /** Cancels what runs, waits for it to clean up and closes the log. */
  close(): Promise<void>;
}
