import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';

/** Why a copy that is whole did not get its name in the guest; `failure` is what the guest said of it, where it said something. */
export function moveFault(target: string, outcome: 'exists' | { failure: string } | undefined): Fault {
  if (outcome === 'exists') {
    return new Fault(
      'conflict',
      `There has come to be something at ${JSON.stringify(target)} in the guest meanwhile.`,
      {
        remedy: 'Choose another target, or set overwrite.',
        data: { field: 'target' },
      },
    );
  }
  return new Fault('failed', `The copy could not be given its name ${JSON.stringify(target)} in the guest.`, {
    remedy: 'Look at the folder of the target in the guest.',
    data: { field: 'target', description: outcome && escapeControls(outcome.failure.slice(0, 1000)) },
  });
}
