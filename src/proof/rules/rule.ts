import type { ProofPhase } from '../../model/proof.ts';
import type { Certainty, Verdict, VerdictState } from '../../model/verdict.ts';

/** What every rule says of itself, whatever it looks at. */
export interface RuleFacts {
  readonly id: string;
  readonly state: VerdictState;
  /** One sentence for people. */
  readonly reason: string;
  /** How sure it is; `certain` when left out. */
  readonly certainty?: Certainty;
}

export type TextSource = 'screen' | 'serial' | 'firmware';

/** When what text shows is a verdict. Data: to add an end state is to add a rule. */
export interface TextRule extends RuleFacts {
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
  /** No line after the one that matches may match this: it shows that the machine went on. */
  readonly before?: RegExp;
  /** Seconds for which it must be seen. */
  readonly seconds: number;
  /** True when the machine must also stand still in that time, since it might go on by itself. */
  readonly still: boolean;
  /** True for a stage that is passed through: it ends a proof only when time is up. */
  readonly passing?: boolean;
  /** True when a disk for which the guest has no driver looks like this, too. */
  readonly driver?: boolean;
  /** Its first group is a stop code or a status, on any line. */
  readonly code?: RegExp;
  /** Its first group is the module that is blamed, on any line. */
  readonly module?: RegExp;
  /** Holds only for a disk on which nothing was found that could boot. */
  readonly onlyUnbootable?: boolean;
  /** Default: screen and serial line. */
  readonly sources?: readonly TextSource[];
}

/** A conclusion from what the machine did, and not from what it showed. */
export interface MachineRule extends RuleFacts {
  /** What it looks at, for people. */
  readonly looksAt: string;
  readonly source: Verdict['source'];
}

/** What text shows a phase of the boot to have begun. */
export interface PhaseMark {
  readonly phase: ProofPhase;
  readonly message: string;
  readonly pattern: RegExp;
}
