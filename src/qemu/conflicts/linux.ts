import { type ConflictCheck, type ConflictHost, type Finding, findRunning } from './conflict.ts';

/** Of another hypervisor: certain while one of its machines runs, possible while its kernel module is loaded. */
function detectHypervisor(title: string, module: string, programs: readonly string[]): ConflictCheck['detect'] {
  return async host => {
    const running = await findRunning(host, programs);
    if (running !== undefined) return { found: `A machine of ${title} runs (${running})`, likelihood: 'certain' };
    // "vboxdrv 598016 3 vboxnetadp,vboxnetflt, Live 0x0000000000000000 (OE)"
    const modules = (await host.readText('/proc/modules')) ?? '';
    const isLoaded = modules.split('\n').some(line => line.startsWith(`${module} `));
    return isLoaded
      ? { found: `The kernel module ${module} of ${title} is loaded`, likelihood: 'possible' }
      : undefined;
  };
}

async function hasVirtualization(host: ConflictHost): Promise<boolean | undefined> {
  const text = await host.readText('/proc/cpuinfo');
  // Only processors of this kind say it there.
  if (host.arch !== 'x64' || text === undefined || !/^flags\s*:/m.test(text)) return undefined;
  return /^flags\s*:.*\b(vmx|svm)\b/m.test(text);
}

async function detectNesting(host: ConflictHost): Promise<Finding | undefined> {
  if (!(await host.exists('/dev/kvm')) || (await hasVirtualization(host)) !== false) return undefined;
  return {
    found: 'There is a /dev/kvm, but the processor has neither vmx nor svm: this host is itself a virtual machine',
    likelihood: 'certain',
  };
}

async function detectMissingRights(host: ConflictHost): Promise<Finding | undefined> {
  if (!(await host.exists('/dev/kvm')) || (await host.mayReadAndWrite('/dev/kvm'))) return undefined;
  return { found: 'This user may not read and write /dev/kvm', likelihood: 'certain' };
}

async function detectMissingModule(host: ConflictHost): Promise<Finding | undefined> {
  if ((await host.exists('/dev/kvm')) || (await hasVirtualization(host)) !== true) return undefined;
  return { found: 'The processor has virtualization, but there is no /dev/kvm', likelihood: 'certain' };
}

async function detectMissingVirtualization(host: ConflictHost): Promise<Finding | undefined> {
  if ((await host.exists('/dev/kvm')) || (await hasVirtualization(host)) !== false) return undefined;
  return { found: 'The processor shows no virtualization (vmx or svm)', likelihood: 'certain' };
}

export const linuxChecks: readonly ConflictCheck[] = [
  {
    name: 'virtualbox',
    detect: detectHypervisor('VirtualBox', 'vboxdrv', ['VBoxHeadless', 'VirtualBoxVM']),
    explains: 'only one hypervisor at a time has the virtualization of the processor.',
    remedy: 'Stop the machines of VirtualBox, then: sudo modprobe -r vboxnetflt vboxnetadp vboxdrv',
  },
  {
    name: 'vmware',
    detect: detectHypervisor('VMware', 'vmmon', ['vmware-vmx']),
    explains: 'only one hypervisor at a time has the virtualization of the processor.',
    remedy: 'Stop the machines of VMware, then: sudo modprobe -r vmmon',
  },
  {
    name: 'kvm_rights',
    detect: detectMissingRights,
    explains: 'QEMU needs it for KVM.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is for a shell.
    remedy: 'sudo usermod -aG kvm "${USER}", then log in again',
  },
  {
    name: 'nested_virtualization',
    detect: detectNesting,
    explains: 'KVM then crawls, or fails after a while.',
    remedy: "Turn on nested virtualization for this machine in its own hypervisor or its cloud's settings.",
  },
  {
    name: 'kvm_module',
    detect: detectMissingModule,
    explains: 'the kernel module of KVM is not loaded, or the firmware has virtualization turned off.',
    remedy:
      'sudo modprobe kvm_intel || sudo modprobe kvm_amd; if that fails, turn virtualization on in the firmware setup.',
  },
  {
    name: 'no_virtualization',
    detect: detectMissingVirtualization,
    explains: 'it is turned off in the firmware, or this host is a virtual machine without it.',
    remedy:
      'Turn on Intel VT-x or AMD-V (SVM) in the firmware setup, or nested virtualization in the hypervisor below.',
  },
];
