import { tools } from '../../catalog/tools.ts';
import type { CallContext } from '../../model/call.ts';
import type { InverseCall, Undo, UndoNote } from '../../model/undo.ts';
import { type Observed, observeMachine } from '../observe-machine.ts';
import { fillTemplate, listUncovered, needsBefore } from './fill-template.ts';
import type { UndoBook } from './undo-book.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Runs a tool as the bridge itself, for what surrounds a change. */
export type RunTool = (id: string, input: Fields, call: CallContext) => Promise<unknown>;

export interface Change {
  readonly tool: string;
  readonly undo: Undo;
  readonly input: Fields;
  /** Whether a checkpoint was asked for. */
  readonly checkpointFirst: boolean;
}

/** Looks at what is there before a change, and tells after it how it can be undone. */
export class UndoRecorder {
  readonly #book: UndoBook;
  readonly #run: RunTool;
  readonly #change: Change;
  #before: Fields = {};
  #checkpoint: string | undefined;

  constructor(book: UndoBook, run: RunTool, change: Change) {
    this.#book = book;
    this.#run = run;
    this.#change = change;
  }

  /** Before the change. Without the checkpoint that was asked for nothing is changed: its Fault is passed on. */
  async prepare(call: CallContext): Promise<void> {
    const { undo, input, checkpointFirst } = this.#change;
    const wantsBefore = 'tool' in undo ? needsBefore(undo) : 'checkpoint' in undo && checkpointFirst;
    if (wantsBefore && input.vm !== undefined) this.#before = await this.#look(input.vm, call);
    if (!checkpointFirst || !('checkpoint' in undo)) return;
    const name = `before ${this.#change.tool} ${new Date().toISOString()}`;
    const made = await this.#run('vm.checkpoint.create', { vm: input.vm, name, disksOnly: false }, call);
    this.#checkpoint = (made as { checkpoint: { id: string } }).checkpoint.id;
  }

  /** After the change. Nothing that goes wrong here may hide what the change answered. */
  async note(output: Fields, call: CallContext): Promise<UndoNote> {
    const { undo } = this.#change;
    try {
      if ('irreversible' in undo) return { summary: 'It can not be undone.', irreversible: undo.irreversible };
      if ('tool' in undo) return await this.#noteInverse(undo, output, call);
      return await this.#noteCheckpoint(call);
    } catch {
      return cannot('What undoes it could not be found out.');
    }
  }

  async #noteCheckpoint(call: CallContext): Promise<UndoNote> {
    if (this.#checkpoint === undefined) return cannot('Set "checkpointFirst" to have a checkpoint made before.');
    const inverse = {
      tool: 'vm.checkpoint.restore',
      input: { vm: this.#before.id ?? this.#change.input.vm, checkpoint: this.#checkpoint },
    };
    return this.#keep(inverse, {}, 'What happened since the checkpoint is lost.', call);
  }

  async #noteInverse(undo: InverseCall, output: Fields, call: CallContext): Promise<UndoNote> {
    const { input } = this.#change;
    const { when, loses } = undo;
    if (when !== undefined && !when.before.some(state => state === this.#before.state)) return this.#noteOther(output);
    const filled = fillTemplate(undo, { input, output, before: this.#before });
    const uncovered = listUncovered(undo, input, filled);
    const lost = uncovered.length === 0 ? loses : `Not put back: ${uncovered.join(', ')}.`;
    if (undo.given && Object.keys(filled).every(field => field === 'vm'))
      return cannot(lost ?? 'Nothing of it can be put back.');
    return this.#keep({ tool: undo.tool, input: filled }, output, lost, call);
  }

  /** The machine was in none of the states that the inverse leads back to. */
  #noteOther(output: Fields): UndoNote {
    const now =
      typeof output.machine === 'object' && output.machine !== null && 'state' in output.machine
        ? output.machine.state
        : undefined;
    if (this.#before.state === now) return { summary: `It was ${String(now)} before; there is nothing to undo.` };
    return cannot(
      `It was ${String(this.#before.state ?? 'in an unknown state')} before, to which it can not be brought back.`,
    );
  }

  async #keep(
    inverse: { tool: string; input: Fields },
    output: Fields,
    lost: string | undefined,
    call: CallContext,
  ): Promise<UndoNote> {
    const known: Readonly<Record<string, (typeof tools)[keyof typeof tools]>> = tools;
    const { data } = known[inverse.tool]?.input.safeParse(inverse.input) ?? {};
    if (data === undefined) return cannot('What was there before can not be put back.');
    const after = await this.#findState(inverse.input, output, call);
    const handle = await this.#book.keep({
      tool: this.#change.tool,
      inverse: { tool: inverse.tool, input: { ...inverse.input } },
      ...(after === undefined ? {} : { after }),
    });
    const summary = `operation.undo calls ${inverse.tool}.`;
    return { handle, summary, ...(lost === undefined ? {} : { irreversible: lost }) };
  }

  async #findState(inverse: Fields, output: Fields, call: CallContext): Promise<Observed | undefined> {
    if (typeof output.machine === 'object' && output.machine !== null) return observeMachine(output.machine);
    return inverse.vm === undefined ? undefined : observeMachine(await this.#look(inverse.vm, call));
  }

  async #look(vm: unknown, call: CallContext): Promise<Fields> {
    try {
      const { machine, ...parts } = (await this.#run('vm.get', { vm }, call)) as { machine: object };
      return { ...machine, ...parts };
    } catch (error) {
      if (call.signal.aborted) throw error;
      return {};
    }
  }
}

function cannot(irreversible: string): UndoNote {
  return { summary: 'It can not be undone.', irreversible };
}
