import { escapeControls } from '../../errors/escape.ts';
import { Fault, type FaultCode } from '../../errors/fault.ts';
import { isMessage, type QmpMessage } from '../qmp/message-reader.ts';

interface Explanation {
  readonly pattern: RegExp;
  readonly code: FaultCode;
  readonly says: string;
  readonly remedy?: string;
}

const allow =
  'Allow it in the guest: on RHEL and its kin in /etc/sysconfig/qemu-ga (FILTER_RPC_ARGS, or BLACKLIST_RPC of older ones), ' +
  'elsewhere in /etc/qemu/qemu-ga.conf (block-rpcs, allow-rpcs); then restart the service qemu-guest-agent.';

// The agent has few classes of errors, but its sentences are never translated; those of the guest's libc can be.
const explanations: readonly Explanation[] = [
  // Command guest-exec has been disabled: the command is not allowed
  // The command guest-exec has been disabled for this instance
  { pattern: /has been disabled|not allowed/i, code: 'denied', says: 'is not allowed by', remedy: allow },
  // The command guest-exec has not been found
  {
    pattern: /has not been found|not supported|CommandNotFound/i,
    code: 'unsupported',
    says: 'is not known to',
    remedy: 'Install a newer qemu-guest-agent in the guest.',
  },
  // failed to open file '/nope' (mode: 'r'): No such file or directory
  // Failed to execute child process “/nope” (No such file or directory)
  {
    pattern: /No such file or directory|cannot find the (?:file|path)/i,
    code: 'not_found',
    says: 'found nothing there in',
    remedy: 'Check the path: it is one in the guest.',
  },
  {
    pattern: /Permission denied|Access is denied|Read-only file system|Operation not permitted/i,
    code: 'denied',
    says: 'was refused to',
    remedy: "Check the path's rights in the guest; on Linux with SELinux also what it lets the agent do.",
  },
  {
    pattern: /No space left|not enough space/i,
    code: 'failed',
    says: 'found no space in',
    remedy: 'Free some space in the guest.',
  },
];

const longestDescription = 1000;

/** The Fault for `{"error": {"class": …, "desc": …}}` in answer to a command. The agent's own words go to `data`. */
export function explainRefusal(command: string, { error }: QmpMessage): Fault {
  const { class: kind, desc } = isMessage(error) ? error : {};
  const description = typeof desc === 'string' ? escapeControls(desc.slice(0, longestDescription)) : undefined;
  const words = `${kind === 'CommandNotFound' && !/disabled/i.test(description ?? '') ? 'CommandNotFound ' : ''}${description}`;
  const found = explanations.find(({ pattern }) => pattern.test(words));
  const says = found?.says ?? 'was refused by';
  return new Fault(found?.code ?? 'failed', `The command ${command} ${says} the guest agent.`, {
    remedy: found?.remedy,
    data: { command, class: typeof kind === 'string' ? escapeControls(kind.slice(0, 100)) : undefined, description },
  });
}
