import { findValue } from '../../host/windows/read-registry-key.ts';
import { getSystemProgram } from '../../host/windows/system-program.ts';
import { type ConflictCheck, findRunning } from './conflict.ts';

const control = 'HKLM\\SYSTEM\\CurrentControlSet\\Control';
const services = 'HKLM\\SYSTEM\\CurrentControlSet\\Services';
/** `Start` of a driver that was turned off. */
const disabled = 4;

/** Of a setting that is a number in the registry. */
function detectSetting(key: string, value: string, title: string): ConflictCheck['detect'] {
  return async host =>
    findValue(await host.readKey(key), value) === 1 ? { found: `${title} is on`, likelihood: 'possible' } : undefined;
}

/** Of another hypervisor, by its drivers; one of its machines running now is the stronger hint. */
function detectDrivers(
  title: string,
  drivers: readonly string[],
  programs: readonly string[],
): ConflictCheck['detect'] {
  return async host => {
    const running = await findRunning(host, programs);
    if (running !== undefined) return { found: `A machine of ${title} runs (${running})`, likelihood: 'possible' };
    for (const driver of drivers) {
      const start = findValue(await host.readKey(`${services}\\${driver}`), 'Start');
      if (typeof start === 'number' && start !== disabled) {
        return { found: `The driver ${driver} of ${title} is installed`, likelihood: 'possible' };
      }
    }
    return undefined;
  };
}

export const windowsChecks: readonly ConflictCheck[] = [
  {
    name: 'hypervisor_platform',
    // The library comes with the feature: QEMU loads it for WHPX.
    detect: async host =>
      (await host.exists(getSystemProgram('WinHvPlatform.dll')))
        ? undefined
        : { found: 'The Windows feature "Windows Hypervisor Platform" is off', likelihood: 'certain' },
    explains: 'QEMU has no WHPX without it.',
    remedy:
      'As administrator: dism /online /enable-feature /featurename:HypervisorPlatform /all, then restart Windows.',
  },
  {
    name: 'memory_integrity',
    detect: detectSetting(
      `${control}\\DeviceGuard\\Scenarios\\HypervisorEnforcedCodeIntegrity`,
      'Enabled',
      'Memory Integrity (core isolation)',
    ),
    explains: 'Windows then keeps the virtualization of the processor to itself, and guests run slower or not at all.',
    remedy: 'Windows Security > Device security > Core isolation: turn Memory integrity off, and restart Windows.',
  },
  {
    name: 'virtualization_based_security',
    detect: detectSetting(
      `${control}\\DeviceGuard`,
      'EnableVirtualizationBasedSecurity',
      'Virtualization-based security of Windows',
    ),
    explains: 'Windows then keeps the virtualization of the processor to itself, and guests run slower or not at all.',
    remedy: 'Have your administrator decide: the group policy is "Turn On Virtualization Based Security".',
  },
  {
    name: 'virtualbox',
    detect: detectDrivers('VirtualBox', ['VBoxSup', 'VBoxDrv'], ['VBoxHeadless.exe', 'VirtualBoxVM.exe']),
    explains: 'it may hold the virtualization of the processor while one of its machines runs.',
    remedy: 'Stop the machines of VirtualBox and try again.',
  },
  {
    name: 'vmware',
    detect: detectDrivers('VMware', ['vmx86', 'VMnetBridge', 'VMnet'], ['vmware-vmx.exe']),
    explains: 'it may hold the virtualization of the processor while one of its machines runs.',
    remedy: 'Stop the machines of VMware and try again.',
  },
];
