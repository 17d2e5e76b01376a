import type { Accelerator } from '../engine.ts';

export interface TrialFailure {
  /** A stable word for programs. */
  readonly cause: string;
  readonly reason: string;
  readonly remedy?: string | undefined;
}

interface Rule extends TrialFailure {
  /** It lies in how the host is set up: no other processor model or option of the same accelerator would help. */
  readonly setup?: boolean | undefined;
  /** Matched against what QEMU wrote to standard error. */
  readonly pattern: RegExp;
}

const enableWhpx =
  'In an administrator PowerShell: Enable-WindowsOptionalFeature -Online -FeatureName HypervisorPlatform, then restart Windows.';
const enableInFirmware = 'Enable virtualization (VT-x, AMD-V) in the firmware setup of this host.';

/** Files of QEMU's own are not there, which concerns every accelerator. */
export const firmwareMissing = 'firmware_missing';

// The order matters: general texts come last.
const rules: readonly Rule[] = [
  {
    // qemu: could not load PC BIOS 'bios-256k.bin'
    pattern: /could not load PC BIOS|failed to find romfile/i,
    cause: firmwareMissing,
    setup: true,
    reason: 'This QEMU lacks firmware files of its own (SeaBIOS).',
    remedy: 'Install QEMU again with all its data files (package seabios on Debian).',
  },
  {
    // qemu-system-x86_64: -accel whpx: invalid accelerator whpx
    pattern: /invalid accelerator/i,
    cause: 'not_built_in',
    setup: true,
    reason: 'This QEMU is built without it.',
  },
  {
    // Could not access KVM kernel module: No such file or directory
    pattern: /KVM kernel module: No such file/i,
    cause: 'kvm_absent',
    setup: true,
    reason: 'There is no /dev/kvm: the kernel module is not loaded, or virtualization is off on this host.',
    remedy: 'sudo modprobe kvm_intel || sudo modprobe kvm_amd',
  },
  {
    // Could not access KVM kernel module: Permission denied
    pattern: /KVM kernel module: Permission denied/i,
    cause: 'kvm_permission',
    setup: true,
    reason: 'This user may not open /dev/kvm.',
    remedy: 'sudo usermod -aG kvm "$USER", then log in again.',
  },
  {
    // ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy
    pattern: /KVM_CREATE_VM.*busy/i,
    cause: 'hypervisor_busy',
    setup: true,
    reason: 'Another hypervisor, such as VirtualBox, holds the processor.',
    remedy: 'End the machines of the other hypervisor, or unload its kernel module.',
  },
  {
    // qemu-system-x86_64.exe: -accel whpx: WHPX: No accelerator found, hr=00000000
    // qemu-system-x86_64.exe: failed to initialize whpx: Function not implemented
    pattern: /WHPX: No accelerator found|initialize whpx: (Function not implemented|No space left)/i,
    cause: 'whpx_disabled',
    setup: true,
    reason: 'The Windows feature "Windows Hypervisor Platform" is off, or virtualization is off in the firmware.',
    remedy: enableWhpx,
  },
  {
    // Could not load library WinHvPlatform.dll
    pattern: /Could not load library/i,
    cause: 'whpx_absent',
    setup: true,
    reason: 'The library of the Windows Hypervisor Platform is not installed.',
    remedy: enableWhpx,
  },
  {
    pattern: /kernel irqchip requested, but unavailable/i,
    cause: 'whpx_irqchip',
    reason: 'This Windows does not offer the interrupt controller that this QEMU asks of the hypervisor.',
  },
  {
    pattern:
      /WHPX: Failed to (create partition|query capabilities)|Unexpected VP exit code|WHPX: Failed to e(xec|mulate)/i,
    cause: 'whpx_failed',
    reason: 'The Windows Hypervisor Platform is there, but could not run the trial guest.',
  },
  {
    // qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69
    // qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `…' failed.
    pattern: /failed to set MSR|kvm_buf_set_msrs/i,
    cause: 'kvm_incomplete',
    reason:
      'The KVM of this host is incomplete, as in some containers and nested machines: it refuses processor registers that it offers.',
  },
  {
    pattern: /HV_UNSUPPORTED|HV_DENIED|HV_NO_DEVICE|hv_vm_create/i,
    cause: 'hvf_unsupported',
    setup: true,
    reason: 'The Hypervisor framework of macOS refused to make a machine.',
  },
  {
    // Failed to open the HAX device!
    pattern: /HAX|No accelerator found/,
    cause: 'hax_failed',
    reason: 'HAXM, which newer QEMU no longer has, is not usable.',
  },
  {
    pattern: /CPU model '[^']*' requires KVM|host doesn't support hardware virtualization|failed to initialize/i,
    cause: 'no_virtualization',
    setup: true,
    reason: 'The host offers no hardware virtualization.',
    remedy: enableInFirmware,
  },
];

/** Why QEMU gave up on an accelerator, from what it wrote to standard error. */
export function explainTrialFailure(accelerator: Accelerator, stderr: string): TrialFailure {
  const rule = rules.find(({ pattern }) => pattern.test(stderr));
  if (rule) return { cause: rule.cause, reason: rule.reason, remedy: rule.remedy };
  return { cause: 'unknown', reason: `QEMU ended instead of running the trial guest with ${accelerator}.` };
}

const setupCauses = new Set(rules.filter(({ setup }) => setup).map(({ cause }) => cause));

/** Whether a cause lies in how the host is set up, so that no other rung of the same accelerator is worth trying. */
export function isSetupCause(cause: string): boolean {
  return setupCauses.has(cause);
}
