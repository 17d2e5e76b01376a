import { isAbsolute } from 'node:path';
import { escapeControls } from '../../errors/escape.ts';
import { Fault, type FaultCode } from '../../errors/fault.ts';
import { explainTrialFailure } from '../accelerator/trial-failure.ts';
import type { BootPlan } from '../boot-plan.ts';

interface Rule {
  /** Matched against what QEMU or qemu-img wrote to standard error. */
  readonly pattern: RegExp;
  readonly code: FaultCode;
  /** A stable word for programs. */
  readonly reason: string;
  readonly message: (image: string) => string;
  readonly remedy?: string;
  /** The input field that asked for it. */
  readonly field?: string;
}

// The order matters: the cause comes before the consequence that QEMU prints with it.
const rules: readonly Rule[] = [
  {
    // Invalid SMP CPUs 256. The max CPUs supported by machine 'pc-i440fx-7.2' is 255
    // current -smp configuration requires kernel irqchip and X2APIC API support.
    pattern: /Invalid SMP CPUs|max CPUs supported|-smp configuration requires/i,
    code: 'unsupported',
    reason: 'cpus',
    message: () => 'The machine is to have more processors than its type, or its accelerator, allows.',
    remedy: 'Ask for fewer: vm.configure with "cpus".',
    field: 'cpus',
  },
  {
    // setpriv: failed to execute /opt/qemu/bin/qemu-system-x86_64: No such file or directory
    pattern: /setpriv: failed to execute/,
    code: 'unavailable',
    reason: 'engine_missing',
    message: () => 'QEMU is no longer where it was found.',
    remedy: 'Install it again with engine.install, or correct engine.system of the configuration.',
  },
  {
    // Failed to get shared "write" lock / Is another process using the image [a.qcow2]?
    pattern: /Failed to get (shared )?"[^"]*" lock|Is another process using the image|being used by another process/i,
    code: 'conflict',
    reason: 'locked',
    message: image => `The image ${image} is locked: another process has it open for writing.`,
    remedy: 'Stop the machine that uses the image, or take a copy of it.',
  },
  {
    // cannot set up guest memory 'pc.ram': Cannot allocate memory
    pattern: /cannot set up guest memory|ram size|Cannot allocate memory|failed to allocate|out of memory/i,
    code: 'host_fault',
    reason: 'memory',
    message: () => 'The host refused the memory that the machine was to have.',
    remedy: 'Ask for less memory, or close other programs.',
  },
  {
    pattern: /No space left on device|not enough space/i,
    code: 'host_fault',
    reason: 'disk_full',
    message: () => 'The disk that holds the running files of the machine is full.',
    remedy: 'Free some space on it.',
  },
  {
    // … contains a log that needs to be replayed … (the advice that QEMU goes on with would rewrite the image)
    pattern: /log that needs to be replayed/i,
    code: 'unsupported',
    reason: 'dirty_log',
    message: image =>
      `The image ${image} was not closed cleanly: it has a log that QEMU replays only by changing the file.`,
    remedy: 'Take a copy, and boot that after "qemu-img check -r all" on the copy.',
  },
  {
    pattern: /differencing/i,
    code: 'unsupported',
    reason: 'differencing',
    message: image => `The image ${image} is a differencing disk, which QEMU does not open.`,
    remedy: 'Merge it with its parents into one disk first.',
  },
  {
    pattern: /encrypt|key-secret|LUKS/i,
    code: 'unsupported',
    reason: 'encrypted',
    message: image => `The image ${image} is encrypted.`,
    remedy: 'Decrypt it into a new image first: qemu-img convert with --object secret and --image-opts.',
  },
  {
    // qemu: could not load PC BIOS 'bios-256k.bin'
    pattern: /could not load PC BIOS|failed to find romfile/i,
    code: 'unavailable',
    reason: 'firmware_missing',
    message: () => 'This QEMU lacks firmware files of its own.',
    remedy: 'Install QEMU again with all its data files (package seabios or ipxe-qemu on Debian).',
  },
  {
    pattern: /invalid accelerator|failed to initialize|KVM kernel module|KVM_CREATE_VM|kvm_buf_set_msrs|WHPX|\bHV_/i,
    code: 'host_fault',
    reason: 'accelerator',
    message: () => 'The accelerator does not work on this host.',
  },
  {
    // -device nosuch: 'nosuch' is not a valid device model name
    pattern:
      /is not a valid device model name|invalid option|not compiled into this binary|Unknown driver|unsupported machine type|Property '[^']*' not found|Parameter '[^']*' is unexpected/i,
    code: 'unsupported',
    reason: 'engine_build',
    message: () => 'This build of QEMU lacks something that the machine needs.',
    remedy: 'Install a complete build of QEMU.',
  },
  {
    pattern: /Permission denied|Access is denied|Operation not permitted/i,
    code: 'denied',
    reason: 'permission',
    message: image => `QEMU may not open ${image} or one of the files that go with it.`,
    remedy: 'Give this user the right to read them, or run as one who has it.',
  },
  {
    pattern: /No such file or directory|cannot find the (file|path)/i,
    code: 'not_found',
    reason: 'missing',
    message: image => `The image ${image}, or a file that goes with it, does not exist.`,
    remedy: 'Check the path, and that nothing moved or removed the file meanwhile.',
  },
  {
    // Image is not in qcow2 format; Unsupported cluster size: 2^4294967295; Active L1 table offset invalid
    pattern:
      /Could not (open|read)|\bnot in [\w-]+ format|invalid|unsupported|corrupt|too (big|large|small|short)|medium is empty|exceeds/i,
    code: 'invalid',
    reason: 'image',
    message: image => `The image ${image} is empty, damaged, or not in the format it was taken for.`,
    remedy: 'Check it with "qemu-img check", or name its format.',
  },
];

export interface StartFailure {
  readonly program: string;
  readonly exitCode: number | undefined;
  readonly signal?: string | undefined;
  readonly stderr: string;
}

/** The Fault for a QEMU, or qemu-img, that ended instead of working with the plan's image. */
export function explainStartFailure(plan: Pick<BootPlan, 'image' | 'accelerator'>, failure: StartFailure): Fault {
  const { stderr } = failure;
  const words = removeNames(stderr, plan.image.path);
  const rule = rules.find(({ pattern }) => pattern.test(words));
  const image = findNamedFile(stderr) ?? plan.image.path;
  const data = {
    ...failure,
    image,
    stderr: escapeControls(stderr.slice(-4096)),
    reason: rule?.reason ?? 'unknown',
    ...(rule?.field !== undefined && { field: rule.field }),
  };
  if (!rule) {
    return new Fault('host_fault', `QEMU ended instead of starting a machine with ${plan.image.path}.`, {
      remedy: 'Look at what QEMU wrote (data.stderr), and at engine.status for what is missing.',
      data,
    });
  }
  if (rule.reason === 'accelerator') {
    const { reason, remedy, cause } = explainTrialFailure(plan.accelerator, stderr);
    const message = `The accelerator ${plan.accelerator} failed. ${reason}`;
    return new Fault('host_fault', message, { remedy, data: { ...data, cause } });
  }
  return new Fault(rule.code, rule.message(image), { remedy: rule.remedy, data });
}

/** The file that QEMU speaks of: a machine has several, and the image that it was made from may be none of them. */
function findNamedFile(stderr: string): string | undefined {
  // -blockdev {"driver":"qcow2","file":{"driver":"file","filename":"/m/disk0.qcow2"}}: Image is not in qcow2 format
  const names = [
    ...[...stderr.matchAll(/Could not open '(.+?)': /g)].map(([, name = '']) => name),
    ...[...stderr.matchAll(/"filename":("(?:[^"\\]|\\.)*")/g)].map(([, name = '']) => parseName(name)),
  ].filter(name => isAbsolute(name));
  const [first] = names;
  return new Set(names).size === 1 ? first : undefined;
}

function parseName(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return '';
  }
}

/** QEMU repeats the image's path and its own options, whose words shall not be taken for a cause. */
function removeNames(stderr: string, path: string): string {
  const escaped = JSON.stringify(path).slice(1, -1);
  return stderr
    .replaceAll(escaped, '')
    .replaceAll(path, '')
    .replace(/-(blockdev|device|object) \{.*?\}: /g, '');
}
