import type { ProofPhase } from '../../model/proof.ts';
import type { VerdictState } from '../../model/verdict.ts';

export type TextSource = 'screen' | 'serial' | 'firmware';

/** When what text shows is a verdict. Data: to add an end state is to add a rule. */
export interface TextRule {
  readonly id: string;
  readonly state: VerdictState;
  /** One sentence for people. */
  readonly reason: string;
  /**
   * Where the text must stand. `prompt`: on the last line, kernel and service messages after it not counted.
   * `end`: among the last eight lines. `anywhere`: on any line since the machine started anew.
   */
  readonly where: 'prompt' | 'end' | 'anywhere';
  readonly patterns: readonly RegExp[];
  /** Some line must match this too. */
  readonly with?: RegExp;
  /** No line may match this. */
  readonly without?: RegExp;
  /** Seconds for which it must be seen. */
  readonly seconds: number;
  /** True when the machine must also stand still in that time, since it might go on by itself. */
  readonly still: boolean;
  /** Holds only for a disk on which nothing was found that could boot. */
  readonly onlyUnbootable?: boolean;
  /** Default: screen and serial line. */
  readonly sources?: readonly TextSource[];
}

/** What text shows a phase of the boot to have begun. */
export interface PhaseMark {
  readonly phase: ProofPhase;
  readonly message: string;
  readonly pattern: RegExp;
}
