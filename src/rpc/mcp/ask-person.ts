import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { ApprovalQuestion, ClientKnowledge, PersonAtClient } from '../bridge.ts';

/** What is kept of one connection. */
export interface Connection {
  /** Whether its requests are of the protocol from 2026-07-28 on, where the server asks by the answer to a call. */
  isModern(): boolean;
  /** What the client said of itself in the beginning. */
  capabilities(): unknown;
  readonly knowledge: ClientKnowledge;
  /** Seals what the client carries from a question to its answer. */
  readonly key: Buffer;
}

export function newKnowledge(): { knowledge: ClientKnowledge; key: Buffer } {
  return { knowledge: { showsForms: false, wrongAnswers: 0 }, key: randomBytes(32) };
}

type FormSchema = Parameters<typeof inputRequired.elicit>[0]['requestedSchema'];

/** The one form of a question. */
const formName = 'approval';
/** Clients give up after a while in which they hear nothing. */
const signOfLifeMilliseconds = 15_000;

export interface AskedPerson {
  readonly people: PersonAtClient | undefined;
  /** The question to be answered with, once the call has said that it waits for one. */
  asked(): InputRequiredResult | undefined;
}

/** How the person at the client is asked during one call; not at all where the client shows no forms. Never is a model asked. */
export function findPerson(context: ServerContext, connection: Connection, stillHere: () => void): AskedPerson {
  const { mcpReq } = context;
  const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
  const capabilities = connection.isModern() ? envelope[CLIENT_CAPABILITIES_META_KEY] : connection.capabilities();
  if (!showsForms(capabilities)) return { people: undefined, asked: () => undefined };
  const { knowledge, key } = connection;
  if (!connection.isModern()) {
    const ask = (question: ApprovalQuestion) => askNow(context, question, stillHere);
    return { people: { knowledge, ask }, asked: () => undefined };
  }
  let question: ApprovalQuestion | undefined;
  const state: unknown = mcpReq.requestState();
  const answered =
    state === undefined ? undefined : { question: openState(state, key), answer: mcpReq.inputResponses?.[formName] };
  const ask = async (asked: ApprovalQuestion) => {
    question = asked;
    return undefined;
  };
  const asked = () => (question === undefined ? undefined : askLater(question, key));
  return { people: { knowledge, ask, answered }, asked };
}

/** Before modes of forms came up, saying anything of them meant this one. */
function showsForms(capabilities: unknown): boolean {
  if (!isRecord(capabilities) || !isRecord(capabilities.elicitation)) return false;
  const modes = capabilities.elicitation;
  return isRecord(modes.form) || !('url' in modes);
}

/** Whatever goes wrong on the way means that nobody has answered. */
async function askNow({ mcpReq }: ServerContext, question: ApprovalQuestion, stillHere: () => void): Promise<unknown> {
  const { message, schema, milliseconds } = question;
  const params = { message, requestedSchema: schema };
  const timer = setInterval(stillHere, signOfLifeMilliseconds);
  try {
    const options = { timeout: milliseconds, signal: mcpReq.signal };
    return await mcpReq.send({ method: 'elicitation/create', params }, options);
  } catch (error) {
    if (mcpReq.signal.aborted) throw error;
    return { action: 'cancel' };
  } finally {
    clearInterval(timer);
  }
}

function askLater({ id, message, schema }: ApprovalQuestion, key: Buffer): InputRequiredResult {
  const form = inputRequired.elicit({ message, requestedSchema: schema as FormSchema });
  return inputRequired({ inputRequests: { [formName]: form }, requestState: sealState(id, key) });
}

function sealState(id: string, key: Buffer): string {
  return `${id}.${createHmac('sha256', key).update(id).digest('base64url')}`;
}

/** The id in a state that this connection gave out; of any other nothing, which no question is called. */
function openState(state: unknown, key: Buffer): string {
  const text = typeof state === 'string' ? state : '';
  const id = text.split('.', 1)[0] ?? '';
  const [found, wanted] = [Buffer.from(text), Buffer.from(sealState(id, key))];
  return found.length === wanted.length && timingSafeEqual(found, wanted) ? id : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
