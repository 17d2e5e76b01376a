import { Fault } from '../../errors/fault.ts';
import type { AcceleratorChoice, AcceleratorTrial } from '../choose-accelerator.ts';
import type { RequestedAccelerator } from '../engine.ts';
import { firmwareMissing } from './trial-failure.ts';
import type { DetailedTrial } from './try-rung.ts';

/** Something on the host that may keep QEMU from the processor, e.g. another hypervisor. */
export interface Conflict {
  readonly name: string;
  readonly remedy?: string | undefined;
  /** `possible`: it may as well have nothing to do with it. */
  readonly likelihood?: 'certain' | 'possible' | undefined;
}

interface Circumstances {
  readonly conflicts: readonly Conflict[];
  readonly architecture: NodeJS.Architecture;
}

/** The choice that follows from trials of which the last one is usable. */
export function describeChoice(
  detailed: readonly DetailedTrial[],
  { conflicts, architecture }: Circumstances,
): AcceleratorChoice {
  const chosen = detailed.at(-1);
  if (!chosen?.usable) throw new TypeError('No trial among these is usable.');
  const { accelerator, acceleratorOptions, cpu, workMilliseconds } = chosen;
  const failed = detailed.slice(0, -1);
  const sentences = [
    ...listFailures(failed, chosen),
    ...(failed.length === 0 ? [] : nameConflicts(conflicts)),
    ...describeConsequence(chosen, failed, architecture),
  ];
  const remedy = chooseRemedy(conflicts, failed);
  return {
    accelerator,
    ...(acceleratorOptions === undefined ? {} : { acceleratorOptions }),
    ...(cpu === undefined ? {} : { cpu }),
    trials: detailed.map(shorten),
    ...(workMilliseconds === undefined ? {} : { workMilliseconds }),
    ...(sentences.length === 0 ? {} : { warning: sentences.join(' ') }),
    ...(failed.length === 0 || remedy === undefined ? {} : { remedy }),
  };
}

const reinstall = 'Install QEMU again, with engine.install or the package manager; data.trials has its words.';

/** The Fault for trials of which none is usable. */
export function describeFailure(
  requested: RequestedAccelerator,
  trials: readonly DetailedTrial[],
  conflicts: readonly Conflict[],
): Fault {
  const what =
    requested === 'auto'
      ? 'No accelerator of QEMU works on this host.'
      : `The accelerator ${requested} was asked for and is not usable here.`;
  const reasons = [...listReasons(trials), ...nameConflicts(conflicts)];
  const fallback = requested === 'auto' || requested === 'tcg' ? reinstall : 'Ask for "auto" or "tcg".';
  const remedy = chooseRemedy(conflicts, trials);
  if (trials.every(({ cause }) => cause === firmwareMissing)) {
    const [missing] = reasons;
    return new Fault('unavailable', `No machine can be started. ${missing}`, {
      remedy,
      data: { reason: firmwareMissing, trials },
    });
  }
  return new Fault('host_fault', [what, ...reasons].join(' '), { remedy: remedy ?? fallback, data: { trials } });
}

/** What surely is in the way comes first, then what the trial itself says, then what may be in the way. */
function chooseRemedy(conflicts: readonly Conflict[], trials: readonly DetailedTrial[]): string | undefined {
  const certain = conflicts.find(({ remedy, likelihood }) => remedy && likelihood !== 'possible');
  return (certain ?? trials.find(({ remedy }) => remedy) ?? conflicts.find(({ remedy }) => remedy))?.remedy;
}

function shorten({ accelerator, cpu, usable, reason, milliseconds }: DetailedTrial): AcceleratorTrial {
  return { accelerator, ...(cpu === undefined ? {} : { cpu }), usable, reason, milliseconds };
}

/** Some sentences for each accelerator that has failed, whatever number of its rungs did. */
function listFailures(failed: readonly DetailedTrial[], chosen: DetailedTrial): string[] {
  const names = [...new Set(failed.map(({ accelerator }) => accelerator))];
  return names.map(name => {
    const reasons = listReasons(failed.filter(({ accelerator }) => accelerator === name));
    const extent = name === chosen.accelerator ? 'is only partly usable' : 'is not usable';
    return `The accelerator ${name} ${extent}. ${reasons.join(' ')}`;
  });
}

/** Each cause once: two rungs that crawl differ in nothing but the time that they were given. */
function listReasons(trials: readonly DetailedTrial[]): string[] {
  return [...new Map(trials.map(({ cause, reason }) => [cause, reason])).values()];
}

function nameConflicts(conflicts: readonly Conflict[]): string[] {
  return conflicts.length === 0 ? [] : [`In its way may be: ${conflicts.map(({ name }) => name).join(', ')}.`];
}

function describeConsequence(
  { accelerator, acceleratorOptions, cpu }: DetailedTrial,
  failed: readonly DetailedTrial[],
  architecture: NodeJS.Architecture,
): string[] {
  if (accelerator !== 'tcg') {
    const details = [acceleratorOptions, cpu].filter(detail => detail !== undefined).join(', ');
    return failed.length === 0 ? [] : [`It is used with ${details} instead.`];
  }
  const consequence = 'QEMU emulates the processor instead (tcg), which is several times slower.';
  if (failed.length > 0) return [consequence];
  if (architecture === 'x64') return [];
  return [`Guests are x64 machines, and the processor of this host (${architecture}) is not one. ${consequence}`];
}
