/** What a command in the guest comes to. */
export interface AgentResult {
  readonly exitcode?: number;
  readonly signal?: number;
  readonly out?: string;
  readonly err?: string;
  /** How long it runs. */
  readonly milliseconds?: number;
  readonly truncated?: boolean;
}

/** The QEMU guest agent in a machine. */
export interface AgentState {
  /** It answers at all. */
  present: boolean;
  /** Milliseconds until it does after a start. */
  readonly files: Map<string, Buffer>;
  readonly processes: Map<number, { result: AgentResult; endsAt: number }>;
  nextPid: number;
  frozen: boolean;
  /** Answers a command; a test may put its own here. */
  run: (command: readonly string[], input: string | undefined) => AgentResult;
  osInfo: Record<string, string>;
  interfaces: unknown[];
  fileSystems: unknown[];
  users: unknown[];
}

export function newAgent(present: boolean, vmid: number): AgentState {
  const files = new Map<string, Buffer>([['/etc/hostname', Buffer.from(`guest-${vmid}\n`)]]);
  return {
    present,
    files,
    processes: new Map(),
    nextPid: 1000,
    frozen: false,
    run: (command, input) => runCommand(files, command, input),
    osInfo: {
      id: 'debian',
      name: 'Debian GNU/Linux',
      'pretty-name': 'Debian GNU/Linux 13 (trixie)',
      version: '13 (trixie)',
      'version-id': '13',
      'kernel-release': '6.12.48+deb13-amd64',
      'kernel-version': '#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1',
      machine: 'x86_64',
    },
    interfaces: interfacesOf(vmid),
    fileSystems: [
      {
        name: 'sda1',
        mountpoint: '/',
        type: 'ext4',
        'total-bytes': 33_501_757_440,
        'used-bytes': 2_415_919_104,
        disk: [{ 'bus-type': 'scsi', bus: 0, unit: 0, target: 0, dev: '/dev/sda1' }],
      },
    ],
    users: [{ user: 'admin', 'login-time': 1_780_000_000.5 }],
  };
}

function interfacesOf(vmid: number): unknown[] {
  const last = vmid % 250;
  return [
    {
      name: 'lo',
      'hardware-address': '00:00:00:00:00:00',
      'ip-addresses': [
        { 'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4', prefix: 8 },
        { 'ip-address': '::1', 'ip-address-type': 'ipv6', prefix: 128 },
      ],
    },
    {
      name: 'ens18',
      'hardware-address': `bc:24:11:00:00:${last.toString(16).padStart(2, '0')}`,
      'ip-addresses': [
        { 'ip-address': `192.0.2.${last}`, 'ip-address-type': 'ipv4', prefix: 24 },
        { 'ip-address': 'fe80::be24:11ff:fe00:1', 'ip-address-type': 'ipv6', prefix: 64 },
      ],
      statistics: { 'rx-bytes': 1_048_576, 'tx-bytes': 524_288, 'rx-packets': 800, 'tx-packets': 400 },
    },
  ];
}

/** A guest of few words: enough for tests that do not bring their own. */
function runCommand(
  files: Map<string, Buffer>,
  [program = '', ...rest]: readonly string[],
  input?: string,
): AgentResult {
  switch (program.replace(/^.*\//, '')) {
    case 'echo':
      return { exitcode: 0, out: `${rest.join(' ')}\n` };
    case 'cat':
      return rest.length === 0 ? { exitcode: 0, out: input ?? '' } : readBack(files, rest[0] ?? '');
    case 'true':
      return { exitcode: 0 };
    case 'false':
      return { exitcode: 1 };
    case 'sleep':
      return { exitcode: 0, milliseconds: Number(rest[0] ?? 0) * 1000 };
    case 'hostname':
      return { exitcode: 0, out: files.get('/etc/hostname')?.toString() ?? '' };
    case 'kill-me':
      return { signal: 9 };
    default:
      return { exitcode: 127, err: `${program}: command not found\n` };
  }
}

function readBack(files: Map<string, Buffer>, name: string): AgentResult {
  const found = files.get(name);
  if (found !== undefined) return { exitcode: 0, out: found.toString() };
  return { exitcode: 1, err: `cat: ${name}: No such file or directory\n` };
}
