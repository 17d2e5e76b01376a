import { escapeControls } from '../errors/escape.ts';
import { type PassingState, passingState, type Verdict, type VerdictState } from '../model/verdict.ts';
import type { Match } from './classify.ts';
import type { MachineRule } from './rules/rule.ts';

/** States that count as bootable when nobody says otherwise. */
export const defaultPolicy: readonly PassingState[] = passingState.options;

export interface VerdictDetails {
  /** Takes the place of the rule's own reason. */
  readonly reason?: string;
  /** The same for its state and its source. */
  readonly state?: VerdictState;
  readonly source?: Verdict['source'];
  readonly line?: string | undefined;
}

/** A verdict from what the machine did. */
export function createVerdict(rule: MachineRule, details: VerdictDetails = {}): Verdict {
  const { line } = details;
  const state = details.state ?? rule.state;
  return {
    state,
    rule: rule.id,
    certainty: rule.certainty ?? 'certain',
    reason: details.reason ?? rule.reason,
    source: details.source ?? rule.source,
    ...(line === undefined ? {} : { line: shorten(line) }),
    passed: isPassing(state, defaultPolicy),
  };
}

/**
 * The verdict of a rule about what was shown. Text that was only recognised optically may err: it never passes an image, and
 * what else it says is no more than possible.
 */
export function createTextVerdict(match: Match): Verdict {
  const { rule, source, line, exact, stopCode, failedModule } = match;
  const isGuess = !exact && isPassing(rule.state, defaultPolicy);
  const state = isGuess ? 'inconclusive' : rule.state;
  const doubt = exact ? '' : ' The text was read by optical recognition only, which may err.';
  return {
    state,
    rule: rule.id,
    certainty: exact ? (rule.certainty ?? 'certain') : 'possible',
    reason: `${rule.reason}${doubt}`,
    source: source === 'firmware' ? 'engine' : source,
    ...(line === undefined || line === '' ? {} : { line: shorten(line) }),
    ...(stopCode === undefined ? {} : { stopCode: shorten(stopCode) }),
    ...(failedModule === undefined ? {} : { failedModule: shorten(failedModule) }),
    passed: isPassing(state, defaultPolicy),
  };
}

/** The verdict under another policy. */
export function applyPolicy(verdict: Verdict, policy: readonly PassingState[]): Verdict {
  return { ...verdict, passed: isPassing(verdict.state, policy) };
}

export function isPassing(state: VerdictState, policy: readonly PassingState[]): boolean {
  return policy.some(passing => passing === state);
}

function shorten(text: string): string {
  return escapeControls(text).slice(0, 500);
}
