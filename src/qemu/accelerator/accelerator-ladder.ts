import type { Accelerator, EngineVersion } from '../engine.ts';

/** One way to run guests: an accelerator with its options and the processor that goes with it. */
export interface Rung {
  readonly accelerator: Accelerator;
  /** What follows the accelerator's name in QEMU's option, e.g. `kernel-irqchip=off`. */
  readonly acceleratorOptions?: string | undefined;
  /** The value of QEMU's option `-cpu`; QEMU's own default when absent. */
  readonly cpu?: string | undefined;
}

export interface LadderHost {
  readonly platform: NodeJS.Platform;
  readonly architecture: NodeJS.Architecture;
}

interface LadderRow extends Rung {
  readonly platform: NodeJS.Platform | 'any';
  /** Guests are x64: only a processor of that kind can run them itself. */
  readonly architecture: NodeJS.Architecture | 'any';
  /** First major version of QEMU, and the first that no longer counts. */
  readonly from?: number;
  readonly before?: number;
}

// Virtualization inside the guest is left out, as Windows would start its own hypervisor on top, and five-level paging,
// which old loaders trip over. QEMU's default processor lacks what distributions of today are built for (x86-64-v2, v3).
const hostProcessor = 'host,vmx=off,svm=off';
// x86-64-v2 and nothing newer: no registers that an old KVM, or one inside another hypervisor, offers and then refuses.
const plainProcessor = 'Nehalem,vmx=off,svm=off';

/**
 * Fastest first. WHPX: QEMU before 11 loses interrupts with the interrupt controller in the hypervisor; from 11 on it is
 * the safe one; the other way round is tried next. Its processor stays QEMU's default: "host" and "max" end in
 * "Unexpected VP exit code 4".
 */
const rows: readonly LadderRow[] = [
  { platform: 'linux', architecture: 'x64', accelerator: 'kvm', cpu: hostProcessor },
  { platform: 'linux', architecture: 'x64', accelerator: 'kvm', cpu: plainProcessor },
  {
    platform: 'win32',
    architecture: 'x64',
    before: 11,
    accelerator: 'whpx',
    acceleratorOptions: 'kernel-irqchip=off',
  },
  { platform: 'win32', architecture: 'x64', accelerator: 'whpx', acceleratorOptions: 'kernel-irqchip=on' },
  { platform: 'win32', architecture: 'x64', from: 11, accelerator: 'whpx', acceleratorOptions: 'kernel-irqchip=off' },
  { platform: 'darwin', architecture: 'x64', accelerator: 'hvf', cpu: hostProcessor },
  { platform: 'any', architecture: 'any', accelerator: 'tcg', cpu: 'max,la57=off,svm=off' },
];

/** The rungs worth trying on a host, fastest first; tcg, which needs nothing of the host, is always the last. */
export function listRungs({ platform, architecture }: LadderHost, version: EngineVersion): readonly Rung[] {
  const isHere = (row: LadderRow) =>
    (row.platform === 'any' || row.platform === platform) &&
    (row.architecture === 'any' || row.architecture === architecture);
  return rows.filter(row => isHere(row) && isFor(row, version)).map(pickRung);
}

/** The rungs of one accelerator, wherever it exists: whoever asks for it by name shall hear from QEMU why it fails. */
export function listRungsOf(accelerator: Accelerator, version: EngineVersion): readonly Rung[] {
  return rows.filter(row => row.accelerator === accelerator && isFor(row, version)).map(pickRung);
}

/** Tells rungs apart, also in files. */
export function identifyRung({ accelerator, acceleratorOptions = '', cpu = '' }: Rung): string {
  return [accelerator, acceleratorOptions, cpu].join(' ').trimEnd();
}

/** The rung that is meant: an accelerator named alone stands for its first. */
export function completeRung({ accelerator, acceleratorOptions, cpu }: Rung, version: EngineVersion): Rung {
  const isBare = acceleratorOptions === undefined && cpu === undefined;
  const [first] = isBare ? listRungsOf(accelerator, version) : [];
  return first ?? pickRung({ accelerator, acceleratorOptions, cpu });
}

/** QEMU's options for an accelerator and the processor that goes with it. Without details: those of its first rung. */
export function getAcceleratorArguments(
  accelerator: Accelerator,
  version: EngineVersion,
  details: Omit<Rung, 'accelerator'> = {},
): string[] {
  const { acceleratorOptions, cpu } = completeRung({ ...details, accelerator }, version);
  const accel = acceleratorOptions === undefined ? accelerator : `${accelerator},${acceleratorOptions}`;
  return cpu === undefined ? ['-accel', accel] : ['-accel', accel, '-cpu', cpu];
}

function isFor({ from = 0, before = Number.POSITIVE_INFINITY }: LadderRow, { major }: EngineVersion): boolean {
  return major >= from && major < before;
}

function pickRung({ accelerator, acceleratorOptions, cpu }: Rung): Rung {
  return {
    accelerator,
    ...(acceleratorOptions === undefined ? {} : { acceleratorOptions }),
    ...(cpu === undefined ? {} : { cpu }),
  };
}
