import type { Accelerator, EngineVersion } from '../engine.ts';

const ladders: Readonly<Partial<Record<NodeJS.Platform, readonly Accelerator[]>>> = {
  linux: ['kvm', 'tcg'],
  win32: ['whpx', 'tcg'],
  darwin: ['hvf', 'tcg'],
};

/** The accelerators worth trying on a platform, fastest first; tcg, which needs nothing of the host, is always the last. */
export function listAccelerators(platform: NodeJS.Platform): readonly Accelerator[] {
  return ladders[platform] ?? ['tcg'];
}

/** QEMU's options for an accelerator and the processor that goes with it. */
export function getAcceleratorArguments(accelerator: Accelerator, version: EngineVersion, model?: string): string[] {
  const { accel, cpu } = describe(accelerator, version);
  const chosen = model ?? cpu;
  return chosen === undefined ? ['-accel', accel] : ['-accel', accel, '-cpu', chosen];
}

/**
 * Processors: QEMU's default lacks what distributions of today are built for (x86-64-v2, v3). Virtualization inside the
 * guest is left out, as Windows would start its own hypervisor on top, and five-level paging, which old loaders trip over.
 */
function describe(accelerator: Accelerator, { major }: EngineVersion): { accel: string; cpu?: string } {
  switch (accelerator) {
    case 'kvm':
      return { accel: 'kvm', cpu: 'host,vmx=off,svm=off' };
    case 'hvf':
      return { accel: 'hvf', cpu: 'host,vmx=off,svm=off' };
    case 'whpx':
      // QEMU before 11 loses interrupts with the interrupt controller in the hypervisor; from 11 on it is the safe one.
      // The processor stays QEMU's default: "host" and "max" end in "Unexpected VP exit code 4".
      return { accel: `whpx,kernel-irqchip=${major < 11 ? 'off' : 'on'}` };
    case 'tcg':
      return { accel: 'tcg', cpu: 'max,la57=off,svm=off' };
  }
}
