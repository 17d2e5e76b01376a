import type { PassingState } from '../../model/verdict.ts';
import type { Match, MatchedRule } from '../classify.ts';
import { grubErrorId } from '../rules/boot-loader.ts';
import { loginRules } from '../rules/login.ts';
import { bootMenuId } from '../rules/waiting.ts';
import { defaultPolicy, isPassing } from '../verdicts.ts';

/** Seconds for which a boot menu must wait when an entry of it has failed before. */
const menuAfterError = 5;

export interface Moment {
  /** Seconds since the guest was started. */
  readonly now: number;
  /** When something last happened on screen or serial line. */
  readonly lastProgress: number;
  /** The screen is the same as at the last look. */
  readonly still: boolean;
}

export interface Policy {
  readonly passOn: readonly PassingState[];
  /** Seconds for which a state that could pass, but does not, is watched for a better one. */
  readonly otherwise: number;
  /** Seconds for which a text login must stand still; as long as its rule says when left out. */
  readonly textLogin?: number | undefined;
}

const loginIds = new Set(loginRules.map(({ id }) => id));

/** Waits until a rule has held for as long as it must. */
export class Patience {
  readonly #policy: Policy;
  readonly #since = new Map<string, number>();
  #loaderError: Match | undefined;
  #panic: Match | undefined;
  #ripensAt: number | undefined;
  #held: Match | undefined;

  constructor(policy: Policy = { passOn: defaultPolicy, otherwise: 0 }) {
    this.#policy = policy;
  }

  /** When the first of the matches will have held for long enough, if nothing moves until then; as `Moment.now`. */
  get ripensAt(): number | undefined {
    return this.#ripensAt;
  }

  /** The match that decides, once one does. */
  consider(matches: readonly Match[], moment: Moment): Match | undefined {
    const keys = new Set(matches.map(keyOf));
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
    this.#ripensAt = undefined;
    this.#held = undefined;
    for (const match of matches) {
      const key = keyOf(match);
      const first = !this.#since.has(key);
      const seen = this.#since.get(key) ?? moment.now;
      this.#since.set(key, seen);
      this.#remember(match);
      if (!match.exact || match.rule.passing === true) continue;
      const rule = this.#adapt(match.rule);
      if (!isPassing(rule.state, defaultPolicy) && moment.now - seen >= rule.seconds) this.#held ??= match;
      if (isRipe(rule, { seen, first, moment })) return this.#explain(match);
      this.#ripensAt = Math.min(this.#ripensAt ?? Infinity, heldSince(rule, seen, moment) + rule.seconds);
    }
    return undefined;
  }

  /** What has been seen for as long as it must, if only nothing else had moved meanwhile; never what passes. */
  get held(): Match | undefined {
    return this.#held && this.#explain(this.#held);
  }

  /** A panic that was seen: a kernel may restart the machine before it has been seen for long. */
  get panic(): Match | undefined {
    return this.#panic;
  }

  /** What was seen belongs to a boot that is over. */
  restart(): void {
    this.#since.clear();
    this.#ripensAt = undefined;
    this.#held = undefined;
    this.#loaderError = undefined;
    this.#panic = undefined;
  }

  #remember(match: Match): void {
    if (!match.exact) return;
    if (match.rule.id === grubErrorId) this.#loaderError = match;
    if (match.rule.state === 'kernel_panic' || match.rule.state === 'blue_screen') this.#panic ??= match;
  }

  // A menu after an error needs no long look, and what the policy does not take needs a longer one.
  #adapt(rule: MatchedRule): MatchedRule {
    if (rule.id === bootMenuId && this.#loaderError) return { ...rule, seconds: menuAfterError };
    const { passOn, otherwise, textLogin } = this.#policy;
    if (rule.state === 'login' && textLogin !== undefined) return { ...rule, seconds: textLogin, still: true };
    if (!isPassing(rule.state, defaultPolicy) || isPassing(rule.state, passOn)) return rule;
    return { ...rule, seconds: Math.max(rule.seconds, otherwise), still: true };
  }

  // GRUB shows its menu again after an entry failed: then the error is why it waits there.
  #explain(match: Match): Match {
    return match.rule.id === bootMenuId && this.#loaderError ? this.#loaderError : match;
  }
}

interface Sighting {
  readonly seen: number;
  readonly first: boolean;
  readonly moment: Moment;
}

function isRipe(rule: MatchedRule, { seen, first, moment }: Sighting): boolean {
  const { seconds } = rule;
  // A prompt on a screen that has stopped moving needs no second look.
  if (loginIds.has(rule.id) && first) return moment.still && moment.now - moment.lastProgress >= seconds;
  return moment.now - heldSince(rule, seen, moment) >= seconds;
}

function heldSince(rule: MatchedRule, seen: number, moment: Moment): number {
  return rule.still ? Math.max(seen, moment.lastProgress) : seen;
}

function keyOf({ rule, source }: Match): string {
  return `${rule.id} ${source}`;
}
