import type { ApprovalRecord, Binding } from '../../bridge/approvals/approval-record.ts';
import type { ApprovalRequest, ApprovalStore } from '../../bridge/approvals/approval-store.ts';
import { describeDifferences, type Observed } from '../../bridge/observe-machine.ts';
import { randomId } from '../../bridge/random-id.ts';
import type { Fault } from '../../errors/fault.ts';
import type { PersonAtClient } from '../bridge.ts';
import { approvalNeeded, changedMeanwhile, deniedBefore, nobodyApproved, personDeclined } from './approval-faults.ts';
import { judgeAnswer, makeCode, makeForm } from './question.ts';

/** A client that gave so many wrong answers shows its forms to nobody, or guesses. */
const mostWrongAnswers = 3;
/** Questions that wait for an answer in another call. */
const mostQuestions = 50;

/** A call that waits for a person's word. */
export interface PendingCall {
  readonly tool: string;
  /** The input, secrets included: what is approved is this and nothing else. */
  readonly input: unknown;
  readonly people: PersonAtClient | undefined;
  /** Plans the call and looks at its machine, anew each time. */
  look(): Promise<Sight>;
  /** Tells the audit log. */
  note(outcome: string, approval: string): void;
}

export interface Sight {
  readonly request: ApprovalRequest;
  readonly observed: Observed | undefined;
}

interface Question {
  readonly id: string;
  readonly binding: Binding;
  readonly request: ApprovalRequest;
  readonly code: string | undefined;
  readonly expiresAt: number;
  readonly knowledge: PersonAtClient['knowledge'];
}

/** Where calls are held until a person has approved them. */
export class ApprovalDesk {
  readonly #store: ApprovalStore;
  readonly #questions = new Map<string, Question>();

  constructor(store: ApprovalStore) {
    this.#store = store;
  }

  /** Resolves to the approval by which the call may be made, once and now; throws the Fault that keeps it from being made. */
  async obtain(call: PendingCall): Promise<string> {
    const answered = call.people?.answered;
    if (answered !== undefined) return this.#settle(call, this.#take(answered.question, call), answered.answer);
    const { request, binding } = await this.#look(call);
    const kept = await this.#store.find(binding.call);
    const changes = kept === undefined ? [] : differencesOf(kept.binding, binding);
    if (kept !== undefined && changes.length === 0) {
      if (kept.state === 'denied') throw deniedBefore(kept);
      if (kept.state === 'approved' && (await this.#store.consume(kept.id, binding))) return this.#use(call, kept.id);
    }
    if (kept !== undefined && changes.length > 0) await this.#store.drop(kept.id);
    if (call.people !== undefined && call.people.knowledge.wrongAnswers < mostWrongAnswers) {
      return this.#askAtClient(call, call.people, request, binding);
    }
    const isWaiting = kept?.state === 'pending' && changes.length === 0;
    throw approvalNeeded(isWaiting ? kept : await this.#keep(call, request, binding), changes);
  }

  async #askAtClient(
    call: PendingCall,
    people: PersonAtClient,
    request: ApprovalRequest,
    binding: Binding,
  ): Promise<string> {
    const { knowledge } = people;
    const code = request.effect === 'destroy' || !knowledge.showsForms ? makeCode() : undefined;
    const expiresAt = Date.now() + this.#store.milliseconds;
    const question = { id: randomId('ap'), binding, request, code, expiresAt, knowledge };
    this.#remember(question);
    call.note('approval asked', question.id);
    const form = makeForm(request, new Date(expiresAt), code);
    const answer = await people.ask({ id: question.id, ...form, milliseconds: this.#store.milliseconds });
    // The client brings the answer with the same call, made again.
    if (answer === undefined) throw nobodyApproved(request.tool, 'has not been answered yet');
    return this.#settle(call, this.#take(question.id, call), answer);
  }

  /** What the answer means; approved, everything must still be as it stood in the question. */
  async #settle(call: PendingCall, question: Question, answer: unknown): Promise<string> {
    const { id, code, knowledge } = question;
    const verdict = Date.now() > question.expiresAt ? 'unanswered' : judgeAnswer(answer, code);
    if (verdict === 'wrong') knowledge.wrongAnswers++;
    if (verdict !== 'approved') throw await this.#refuse(call, question, verdict);
    if (code !== undefined) knowledge.showsForms = true;
    const { binding } = await this.#look(call);
    const isSame = binding.call === question.binding.call;
    const changes = isSame ? differencesOf(question.binding, binding) : ['the input of the call'];
    if (changes.length > 0) {
      call.note('approval void', id);
      throw changedMeanwhile(call.tool, changes);
    }
    call.note('approval given', id);
    return id;
  }

  /** A person who was shown nothing can still decide by a command. */
  async #refuse(
    call: PendingCall,
    { id, request, binding }: Question,
    verdict: 'declined' | 'wrong' | 'unanswered',
  ): Promise<Fault> {
    call.note(`approval ${verdict}`, id);
    if (verdict === 'declined') return personDeclined(request.tool);
    const how = verdict === 'wrong' ? 'was answered wrongly' : 'was not answered';
    return nobodyApproved(request.tool, how, await this.#keep(call, request, binding));
  }

  async #keep(call: PendingCall, request: ApprovalRequest, binding: Binding): Promise<ApprovalRecord> {
    const record = await this.#store.ask(request, binding);
    call.note('approval asked', record.id);
    return record;
  }

  async #look(call: PendingCall): Promise<{ request: ApprovalRequest; binding: Binding }> {
    const { request, observed } = await call.look();
    const binding = await this.#store.bind(call.tool, call.input, request.steps, observed ?? null);
    return { request, binding };
  }

  #use(call: PendingCall, id: string): string {
    call.note('approval used', id);
    return id;
  }

  #remember(question: Question): void {
    this.#questions.set(question.id, question);
    const [oldest] = this.#questions.keys();
    if (this.#questions.size > mostQuestions && oldest !== undefined) this.#questions.delete(oldest);
  }

  /** Each question is answered once, by the client that was asked. */
  #take(id: string, call: PendingCall): Question {
    const question = this.#questions.get(id);
    if (question?.knowledge !== call.people?.knowledge || question === undefined) {
      throw nobodyApproved(call.tool, 'is not known any more');
    }
    this.#questions.delete(id);
    return question;
  }
}

function differencesOf(before: Binding, now: Binding): string[] {
  const seen = describeDifferences(before.observed ?? {}, now.observed ?? {});
  return before.plan === now.plan ? seen : [...seen, 'the steps that it takes'];
}
