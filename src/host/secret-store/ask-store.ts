import { cancelledFault, Fault } from '../../errors/fault.ts';
import { type ProgramOutput, runProgram } from '../run-program.ts';

export interface StoreQuestion {
  /** The store's name, for people. */
  readonly store: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly signal?: AbortSignal | undefined;
}

/** A keyring that is locked asks its user, who may not be there. */
const patienceMs = 20_000;

/**
 * Runs the program of a store of secrets. What it printed is kept out of every Fault, as it may be the secret itself.
 * Faults: `unavailable`, `cancelled`.
 */
export async function askStore({ store, program, args, input, signal }: StoreQuestion): Promise<ProgramOutput> {
  try {
    return await runProgram(program, args, { input, signal, timeoutMs: patienceMs, maxOutputBytes: 1024 * 1024 });
  } catch (error) {
    if (signal?.aborted) throw cancelledFault(signal, `Asking ${store}`);
    const late = error instanceof Fault && error.code === 'timeout';
    throw storeFault(store, late ? 'did not answer in time: it may be locked' : 'could not be asked');
  }
}

/** The Fault for a store that gives no answer, or a wrong one. */
export function storeFault(store: string, problem: string): Fault {
  return new Fault('unavailable', `${store} ${problem}.`, {
    remedy: `Sign in as the user whose secrets it keeps, unlock it, and try again.`,
    data: { store },
  });
}
