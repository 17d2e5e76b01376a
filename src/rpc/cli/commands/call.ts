import { text } from 'node:stream/consumers';
import { Fault } from '../../../errors/fault.ts';
import type { Effect } from '../../../tools/define-tool.ts';
import { type EffectSource, effectOfCall } from '../../../tools/derive/effect-of-call.ts';
import type { CatalogEntry } from '../../bridge.ts';
import { typedSecret } from '../ask/read-secret.ts';
import { confirmDestruction } from '../confirm.ts';
import { describeFields } from '../fields/describe-fields.ts';
import type { ParsedCall } from '../fields/parse-call.ts';
import { describeValue } from '../output/describe-value.ts';
import type { Session } from '../session.ts';

/** The longest wait that a tool takes; from the command line nobody gives up before. */
const longestWait = 86_400;

/** `vmbridge call <id> [json|-] [--field value …]` */
export async function callTool(session: Session, call: ParsedCall): Promise<number> {
  const { tool, input, positionals, help } = call;
  if (help) {
    session.print(describeFields(tool, process.stdout.columns || 80));
    return 0;
  }
  refuseTypedSecret(tool.id, input, positionals);
  const whole = { ...(await readJson(tool.id, positionals)), ...input };
  if (session.flags.plan) return session.showPlan(tool.id, whole);
  if ((await findEffect(session, tool, whole)) === 'destroy') {
    await confirmDestruction(session, describeCall(tool.id, whole));
  }
  const output = await session.callAny(tool.id, takesWait(tool) ? { wait: longestWait, ...whole } : whole);
  if (session.flags.json) session.printJson(output);
  else session.print(await describeValue(output));
  warnOfOpenOperation(session, output);
  return 0;
}

/** A field may decide about the effect, and its default stands in the schema; what undoes a change tells its plan. */
async function findEffect(
  session: Session,
  tool: CatalogEntry,
  input: Readonly<Record<string, unknown>>,
): Promise<Effect> {
  const { id, effect, effectBy } = tool;
  if (id === 'operation.undo') return session.findEffect(id, input);
  if (effectBy === undefined) return effect;
  const { tools } = await import('../../../catalog/tools.ts');
  const known: Readonly<Record<string, EffectSource | undefined>> = tools;
  return effectOfCall(known[id] ?? tool, input);
}

/** A secret to be kept comes by standard input; as JSON on the command line it is seen as well. */
function refuseTypedSecret(id: string, input: Readonly<Record<string, unknown>>, positionals: readonly string[]): void {
  const isTyped = 'secret' in input || (positionals[0] ?? '-') !== '-';
  if (id === 'credential.set' && isTyped) throw typedSecret('vmbridge credential set <name>');
}

async function readJson(id: string, positionals: readonly string[]): Promise<Record<string, unknown>> {
  const [first, second] = positionals;
  if (first === undefined) return {};
  if (second !== undefined) {
    throw new Fault('invalid', `"${second.slice(0, 100)}" is one word too many.`, {
      remedy: `Fields are written --name value. See: vmbridge call ${id} --help`,
    });
  }
  const source = first === '-' ? 'Standard input' : `"${first.slice(0, 100)}"`;
  let value: unknown;
  try {
    value = JSON.parse(first === '-' ? await text(process.stdin) : first);
  } catch (error) {
    throw notAnObject(id, source, error);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw notAnObject(id, source);
  return value as Record<string, unknown>;
}

function notAnObject(id: string, source: string, cause?: unknown): Fault {
  return new Fault('invalid', `${source} is not a JSON object.`, {
    remedy: `Write fields as --name value, and a list as its field once for each value. See: vmbridge call ${id} --help`,
    cause,
  });
}

function takesWait(tool: CatalogEntry): boolean {
  return Object.hasOwn((tool.mcp.inputSchema.properties ?? {}) as object, 'wait');
}

function describeCall(id: string, input: Readonly<Record<string, unknown>>): string {
  const words = Object.values(input).filter(value => typeof value === 'string');
  return [id, ...words.map(word => `"${word.slice(0, 200)}"`)].join(' ');
}

/** Whoever set `wait` lower than the work takes has to know that the work ends with the command. */
function warnOfOpenOperation(session: Session, output: Readonly<Record<string, unknown>>): void {
  const { operation, result } = output as { operation?: { id?: string; state?: string }; result?: unknown };
  if (result !== undefined || operation?.state !== 'running') return;
  session.warn(`vmbridge: ${operation.id} has not ended and is cancelled with this command.`);
  session.warn('  → Leave --wait out to wait for the end.');
}
