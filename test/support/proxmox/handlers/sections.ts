import { ApiError } from '../schema/api-error.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';

export interface SectionRule {
  /** Name of the section in `cluster.section()`. */
  readonly kind: string;
  /** e.g. `/cluster/backup`. */
  readonly at: string;
  /** Parameter that names an entry. */
  readonly key: string;
  /** How messages call an entry. */
  readonly word: string;
  /** Whether new entries are made at the list or at the entry itself. */
  readonly createAtEntry?: boolean;
  /** Makes the name of a new entry that came without. */
  readonly newKey?: () => string;
  /** What is kept beside what was sent. */
  readonly more?: (call: HandlerCall, id: string) => Record<string, unknown>;
  /** What is told beside what is kept. */
  readonly present?: (call: HandlerCall, entry: Record<string, unknown>) => Record<string, unknown>;
  /** Refuses an entry. */
  readonly check?: (call: HandlerCall, id: string) => void;
  /** How sent names are written as the entry's key. */
  readonly normalise?: (id: string, call: HandlerCall) => string;
  readonly afterChange?: (call: HandlerCall) => void;
  /** What is said where there is no such entry, and where there is one already. */
  readonly missing?: (id: string, call: HandlerCall) => ApiError;
  readonly existing?: (id: string) => ApiError;
}

const notKept = new Set(['delete', 'digest', 'lock-token', 'purge']);

/** Handlers of a list of settings that is kept and given back: list, make, read, change, remove. */
export function sectionHandlers(rule: SectionRule): Handlers {
  const { kind, at, key, word, newKey, present, more, check, normalise = id => id, afterChange } = rule;
  const one = `${at}/{${key}}`;
  const tell = (call: HandlerCall, entry: Record<string, unknown>) => ({ ...entry, ...present?.(call, entry) });
  const find = (call: HandlerCall) => {
    const id = normalise(call.params.text(key), call);
    const entry = call.cluster.section(kind).get(id);
    if (entry === undefined) throw rule.missing?.(id, call) ?? new ApiError(500, `${word} '${id}' does not exist`);
    return { id, entry };
  };
  const create: Handler = call => {
    const id = normalise(call.params.maybeText(key) ?? newKey?.() ?? '', call);
    const section = call.cluster.section(kind);
    if (section.has(id)) throw rule.existing?.(id) ?? new ApiError(500, `${word} '${id}' already exists`);
    check?.(call, id);
    section.set(id, { ...sent(call), ...more?.(call, id), [key]: id });
    afterChange?.(call);
  };
  return {
    [`GET ${at}`]: call => [...call.cluster.section(kind).values()].map(entry => tell(call, entry)),
    [`POST ${rule.createAtEntry ? one : at}`]: create,
    [`GET ${one}`]: call => tell(call, find(call).entry),
    [`PUT ${one}`]: call => {
      const { entry, id } = find(call);
      for (const name of call.params.words('delete')) delete entry[name];
      Object.assign(entry, sent(call), { [key]: id });
      afterChange?.(call);
    },
    [`DELETE ${one}`]: call => {
      call.cluster.section(kind).delete(find(call).id);
      afterChange?.(call);
    },
  };
}

function sent({ params }: HandlerCall): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params.values)
      .filter(([name]) => !notKept.has(name))
      .map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]),
  );
}
