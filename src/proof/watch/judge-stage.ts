import type { ProofPhase } from '../../model/proof.ts';
import type { Verdict, VerdictState } from '../../model/verdict.ts';
import type { Match } from '../classify.ts';
import { machineRules } from '../rules/machine.ts';
import { createTextVerdict, createVerdict } from '../verdicts.ts';

/** What passes in no time, as a rule. */
const ofNoTime = new Set<VerdictState>(['kernel_started', 'bootloader_error']);

/** What takes its time, if it is being seen: updates, a disk check. */
export function findStage(matches: readonly Match[]): Match | undefined {
  return matches.find(({ rule }) => rule.passing === true && !ofNoTime.has(rule.state));
}

interface LastSeen {
  readonly limitSeconds: number;
  readonly phase: ProofPhase;
  readonly stage: Match | undefined;
  /** The firmware has said something. */
  readonly isOfFirmware: boolean;
}

const statesOfPhases: Partial<Record<ProofPhase, VerdictState>> = {
  kernel: 'kernel_started',
  user_space: 'kernel_started',
};

/** The verdict on a boot that has not come to an end in its time. */
export function describeLimit({ limitSeconds, phase, stage, isOfFirmware }: LastSeen): Verdict {
  const firmware = phase === 'firmware' && isOfFirmware ? 'firmware' : undefined;
  const state = stage?.rule.state ?? statesOfPhases[phase] ?? firmware ?? 'inconclusive';
  const where = stage ? stage.rule.reason : `The machine was still in the phase "${phase}".`;
  const reason = `No end state was reached within ${Math.round(limitSeconds)} s. ${where}`;
  return createVerdict(machineRules.limitReached, { state, reason, line: stage?.line });
}

/** The verdict on a boot whose end was seen for long, while something else never stood still until time was up. */
export function describeHeld(held: Match, limitSeconds: number): Verdict {
  const verdict = createTextVerdict(held);
  const reason = `${verdict.reason} Something else moved until time was up after ${Math.round(limitSeconds)} s.`;
  return { ...verdict, reason, certainty: verdict.certainty === 'certain' ? 'likely' : verdict.certainty };
}
