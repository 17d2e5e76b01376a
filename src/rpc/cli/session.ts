import type { ToolId, ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { OperationReport, OperationSummary } from '../../model/operation.ts';
import type { Plan } from '../../model/plan.ts';
import type { Bridge } from '../bridge.ts';
import { openBridge } from '../open-bridge.ts';
import { type GlobalFlags, toBridgeFlags } from './global-flags.ts';
import { Interruption } from './interruption.ts';
import { jsonText } from './output/json-text.ts';
import { planText } from './output/plan-text.ts';
import { createProgressDisplay, type ProgressStyle } from './output/progress-display.ts';

type Fields = Readonly<Record<string, unknown>>;
/** The fields of a tool; what is undefined or left out gets its default. */
type Asked<Id extends ToolId> = { readonly [Field in keyof ToolInput<Id>]?: ToolInput<Id>[Field] | undefined };

/** The longest wait that a call takes; longer work is waited for again. */
const longestWait = 86_400;
const longestOperationWait = 3600;

/** One run of the command line: the bridge, the flags, and what is printed. */
export class Session {
  readonly flags: GlobalFlags;
  readonly interruption = new Interruption();
  #bridge: Promise<Bridge> | undefined;

  constructor(flags: GlobalFlags) {
    this.flags = flags;
  }

  /** The bridge; opened when it is first needed. */
  bridge(): Promise<Bridge> {
    this.#bridge ??= openBridge(toBridgeFlags(this.flags));
    return this.#bridge;
  }

  /** Calls any tool and shows how far it is. `signal` replaces Ctrl-C as what cancels it. */
  async callAny(id: string, input: Fields, options: CallOptions = {}): Promise<Record<string, unknown>> {
    const call = () => this.#callOnce(id, input, options);
    return call().catch(async error => (await import('./ask/with-passphrase.ts')).withPassphrase(this, error, call));
  }

  async #callOnce(id: string, input: Fields, options: CallOptions): Promise<Record<string, unknown>> {
    const bridge = await this.bridge();
    const display = await createProgressDisplay(this.#progressStyle(), options.label ?? id);
    try {
      return await bridge.call(id, input, {
        door: 'cli',
        signal: options.signal ?? this.interruption.signal,
        progress: update => {
          if (options.stays?.(update.message)) display.note(update.message);
          else display.update(update);
        },
      });
    } finally {
      display.stop();
    }
  }

  /** Calls a tool that answers at once. */
  async call<Id extends ToolId>(id: Id, input: Asked<Id>, options?: CallOptions): Promise<ToolOutput<Id>> {
    return (await this.callAny(id, input, options)) as ToolOutput<Id>;
  }

  /** Calls a tool that starts an operation, and waits for its result as long as it takes. */
  async callLong<Id extends ToolId>(id: Id, input: Asked<Id>, options?: CallOptions): Promise<ToolOutput<Id>> {
    const answer = await this.callAny(id, { ...input, wait: longestWait }, options);
    const { operation, result } = answer as { operation: OperationSummary; result?: Record<string, unknown> };
    return (result ?? (await this.#waitFor(operation.id, options))) as ToolOutput<Id>;
  }

  /** Prints what a call would do. Nobody is asked for it, as nothing is done. */
  async showPlan(id: string, input: Fields): Promise<number> {
    const bridge = await this.bridge();
    const plan = await bridge.plan(id, input, { door: 'cli', signal: this.interruption.signal });
    if (this.flags.json) this.printJson(plan);
    else this.print(planText(plan));
    return 0;
  }

  /** What such a call would do to the world, told by its plan. */
  async findEffect(id: string, input: Fields): Promise<Plan['effect']> {
    const bridge = await this.bridge();
    return (await bridge.plan(id, input, { door: 'cli', signal: this.interruption.signal })).effect;
  }

  print(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  printJson(value: unknown): void {
    this.print(jsonText(value));
  }

  /** For people only; scripts that asked for JSON find it there. */
  warn(text: string): void {
    if (!this.flags.json) process.stderr.write(`${text}\n`);
  }

  async close(): Promise<void> {
    const bridge = await this.#bridge?.catch(() => undefined);
    await bridge?.close();
  }

  async #waitFor(operation: string, options?: CallOptions): Promise<Record<string, unknown>> {
    for (;;) {
      const answer = await this.callAny('operation.wait', { operation, seconds: longestOperationWait }, options);
      const { result, fault } = (answer as { operation: OperationReport }).operation;
      if (result !== undefined) return result;
      if (fault !== undefined) throw new Fault(fault.code, fault.message, fault);
    }
  }

  #progressStyle(): ProgressStyle {
    const { quiet, json, verbose } = this.flags;
    if (quiet) return 'none';
    // The log on stderr would tear a bar apart.
    if (process.stderr.isTTY && !verbose) return 'bar';
    return json ? 'none' : 'lines';
  }
}

export interface CallOptions {
  /** What the progress is about, for people. */
  readonly label?: string;
  readonly signal?: AbortSignal;
  /** Whether a step is worth a line that stays. */
  readonly stays?: (message: string) => boolean;
}
