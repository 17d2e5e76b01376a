import { z } from 'zod';
import { type ProofResult, proofResult } from '../../model/proof.ts';
import { passingState } from '../../model/verdict.ts';

type Fields = Record<string, unknown>;
const fields = z.record(z.string(), z.unknown());
const result = proofResult.strip();
/** In seconds; what held when no limit was asked for, before proofs told theirs. */
const formerLimit = 300;

/** The result in a proof.json, also of an earlier format, which said less; undefined when it is damaged. */
export function upgradeProof(id: string, raw: unknown): ProofResult | undefined {
  const { data } = fields.safeParse(raw);
  if (data === undefined) return undefined;
  const { firmware, machine, bus } = data;
  const told = asList(data.attempts);
  const attempts = told.map((attempt, index) => ({
    ...{ firmware, machine, bus, decisive: index === told.length - 1 },
    ...upgradeVerdict(attempt),
  }));
  const known = upgradeVerdict(data);
  const { passed, state } = asFields(known.verdict);
  return result.safeParse({
    passed: passed === true && data.unchanged === true,
    passOn: passingState.options.filter(option => passed === true && option === state),
    checks: [],
    signals: [],
    limitSeconds: formerLimit,
    ...known,
    // The archive's name of it, by which it is found again; a folder may have got another one.
    id,
    attempts,
  }).data;
}

/** Verdicts had no certainty once; the rules of then were not graded. */
function upgradeVerdict(holder: Fields): Fields {
  return 'verdict' in holder ? { ...holder, verdict: { certainty: 'likely', ...asFields(holder.verdict) } } : holder;
}

function asFields(value: unknown): Fields {
  return fields.safeParse(value).data ?? {};
}

function asList(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(asFields) : [];
}
