import type { Match } from '../classify.ts';
import { grubErrorId } from '../rules/boot-loader.ts';
import { loginRules } from '../rules/login.ts';
import type { TextRule } from '../rules/rule.ts';
import { bootMenuId } from '../rules/waiting.ts';

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

/** Waits until a rule has held for as long as it must. */
export class Patience {
  readonly #since = new Map<string, number>();
  #loaderError: Match | undefined;
  #panic: Match | undefined;
  #ripensAt: number | undefined;

  /** When the first of the matches will have held for long enough, if nothing moves until then; as `Moment.now`. */
  get ripensAt(): number | undefined {
    return this.#ripensAt;
  }

  /** The match that decides, once one does. */
  consider(matches: readonly Match[], moment: Moment): Match | undefined {
    const keys = new Set(matches.map(keyOf));
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
    this.#ripensAt = undefined;
    for (const match of matches) {
      const key = keyOf(match);
      const first = !this.#since.has(key);
      const seen = this.#since.get(key) ?? moment.now;
      this.#since.set(key, seen);
      if (match.rule.id === grubErrorId && match.exact) this.#loaderError = match;
      if (match.rule.state === 'kernel_panic' && match.exact) this.#panic = match;
      if (!match.exact) continue;
      const seconds = this.#waitFor(match);
      if (isRipe(match.rule, seconds, { seen, first, moment })) return this.#explain(match);
      this.#ripensAt = Math.min(this.#ripensAt ?? Infinity, heldSince(match.rule, seen, moment) + seconds);
    }
    return undefined;
  }

  /** A panic that was seen: a kernel may restart the machine before it has been seen for long. */
  get panic(): Match | undefined {
    return this.#panic;
  }

  /** What was seen belongs to a boot that is over. */
  restart(): void {
    this.#since.clear();
    this.#ripensAt = undefined;
    this.#loaderError = undefined;
    this.#panic = undefined;
  }

  // Seconds for which the match must hold: a menu after an error needs no long look.
  #waitFor({ rule }: Match): number {
    return rule.id === bootMenuId && this.#loaderError ? menuAfterError : rule.seconds;
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

function isRipe(rule: TextRule, seconds: number, { seen, first, moment }: Sighting): boolean {
  // A prompt on a screen that has stopped moving needs no second look.
  if (loginRules.includes(rule) && first) return moment.still && moment.now - moment.lastProgress >= seconds;
  return moment.now - heldSince(rule, seen, moment) >= seconds;
}

function heldSince(rule: TextRule, seen: number, moment: Moment): number {
  return rule.still ? Math.max(seen, moment.lastProgress) : seen;
}

function keyOf({ rule, source }: Match): string {
  return `${rule.id} ${source}`;
}
