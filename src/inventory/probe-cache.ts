import type { ProbeCheck } from '../model/provider.ts';

/** How long an answer holds. A failure is forgotten sooner: a provider that was mended has to be seen. */
const passedMilliseconds = 15_000;
const failedMilliseconds = 3000;
/** A probe that has not ended by then is begun anew. */
const hangingMilliseconds = 60_000;
/** How long a listing waits for a probe, counted from its start, so that a hanging one holds up its first callers only. */
const patienceMilliseconds = 5000;
/** How long a call waits that can go on with no other provider: on a busy host a program takes its time to start. */
export const neededMilliseconds = 15_000;

interface Known {
  readonly startedAt: number;
  readonly checks: Promise<ProbeCheck[]>;
  expiresAt: number;
}

/** Remembers what probes found; a probe that throws or is late is a failed check, never an error of the caller. */
export class ProbeCache {
  readonly #known = new Map<string, Known>();

  async probe(id: string, run: () => Promise<ProbeCheck[]>, patience = patienceMilliseconds): Promise<ProbeCheck[]> {
    const now = Date.now();
    let known = this.#known.get(id);
    if (known === undefined || known.expiresAt <= now) {
      known = start(run);
      this.#known.set(id, known);
    }
    return withPatience(known.checks, patience, known.startedAt + patience - now);
  }
}

function start(run: () => Promise<ProbeCheck[]>): Known {
  const startedAt = Date.now();
  const checks = run().catch((error: unknown) => [
    { name: 'probe', passed: false, reason: error instanceof Error ? error.message : String(error) },
  ]);
  const known: Known = { startedAt, checks, expiresAt: startedAt + hangingMilliseconds };
  void checks.then(found => {
    const passed = found.every(check => check.passed);
    known.expiresAt = Date.now() + (passed ? passedMilliseconds : failedMilliseconds);
  });
  return known;
}

async function withPatience(
  checks: Promise<ProbeCheck[]>,
  patience: number,
  milliseconds: number,
): Promise<ProbeCheck[]> {
  const { promise, resolve } = Promise.withResolvers<ProbeCheck[]>();
  const reason = `The probe gave no answer within ${patience / 1000} s.`;
  const remedy = 'Try again; when it stays so, "vmbridge doctor" shows which program hangs.';
  const late = () => resolve([{ name: 'probe', passed: false, reason, remedy }]);
  const timer = setTimeout(late, Math.max(0, milliseconds));
  try {
    return await Promise.race([checks, promise]);
  } finally {
    clearTimeout(timer);
  }
}
