import { escapeControls } from '../../errors/escape.ts';
import { Fault, type FaultCode } from '../../errors/fault.ts';
import type { StartFailure } from './start-failure.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly code: FaultCode;
  readonly reason: string;
  readonly field?: string;
  readonly message: (found: RegExpExecArray) => string;
  readonly remedy: string;
}

const rules: readonly Rule[] = [
  {
    // qemu-system-x86_64: -netdev user,id=n,hostfwd=tcp:127.0.0.1:2288-:22: Could not set up host forwarding rule 'tcp:127.0.0.1:2288-:22'
    pattern: /Could not set up host forwarding rule '(tcp|udp):([^']*):(\d+)-/,
    code: 'conflict',
    reason: 'port_in_use',
    field: 'forwards',
    message: ([, protocol, address, port]) =>
      `The ${protocol} port ${port} of ${address || 'the host'} can not be forwarded: another program uses it, or this user may not.`,
    remedy: 'Choose another host port, above 1023, at an address of this host, or end the program that uses it.',
  },
  {
    // qemu-system-x86_64: -chardev socket,…: Failed to find an available port: Address already in use
    pattern: /Failed to find an available port|Failed to bind socket|Address already in use/,
    code: 'conflict',
    reason: 'channel_in_use',
    message: () => 'A port or socket that QEMU was to open for vmbridge is in use.',
    remedy: 'Try again.',
  },
  {
    // failed to parse default acl file `/etc/qemu/bridge.conf' / bridge helper failed
    pattern: /bridge helper failed|failed to (launch|parse|create).*(bridge|acl)/i,
    code: 'denied',
    reason: 'bridge_helper',
    field: 'network',
    message: () => "QEMU's helper refused to attach the machine to the bridge.",
    remedy: 'Name the bridge in /etc/qemu/bridge.conf ("allow br0") and see that qemu-bridge-helper has its rights.',
  },
  {
    // could not configure /dev/net/tun (tap99): Operation not permitted
    pattern: /could not configure \/dev\/net\/tun \(([^)]*)\)|could not open \/dev\/net\/tun/,
    code: 'denied',
    reason: 'tap',
    field: 'network',
    message: ([, name]) => `The tap device ${name ?? ''} of the host can not be used by this user.`,
    remedy: 'Make it for this user: sudo ip tuntap add dev <name> mode tap user "$USER"',
  },
  {
    // qemu-system-x86_64: -fsdev local,…: fsdev support is disabled / 'virtio-9p-pci' is not a valid device model name
    pattern: /fsdev support is disabled|no option group 'fsdev'|'virtio-9p-pci' is not a valid device/,
    code: 'unsupported',
    reason: 'no_9p',
    field: 'shares',
    message: () => 'This build of QEMU has no 9p, by which folders are shared with a guest.',
    remedy: "Use a QEMU with VirtFS, or take the shares away: vmbridge call vm.configure --vm <machine> --shares '[]'",
  },
];

/** The Fault for a QEMU that ended because of its network, its channels or its shared folders; undefined for any other reason. */
export function explainNetworkFailure({ stderr, exitCode }: StartFailure): Fault | undefined {
  for (const { pattern, code, reason, field, message, remedy } of rules) {
    const found = pattern.exec(stderr);
    if (!found) continue;
    const data = { reason, exitCode, stderr: escapeControls(stderr.slice(-4096)), ...(field ? { field } : {}) };
    return new Fault(code, message(found), { remedy, data });
  }
  return undefined;
}
