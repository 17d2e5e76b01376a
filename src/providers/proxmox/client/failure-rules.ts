import type { FaultCode } from '../../../errors/fault.ts';

export interface FailureRule {
  readonly pattern: RegExp;
  readonly code: FaultCode;
  /** Behind "what could not be done: ". */
  readonly reason: string;
  readonly remedy: string;
}

/**
 * What the texts of Proxmox VE mean, which answers nearly everything that goes wrong with status 500. The first that fits
 * counts: "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout" is about a lock.
 */
export const failureRules: readonly FailureRule[] = [
  {
    // can't remove VM 100 - protection mode enabled; can't remove CT 101 - protection mode enabled
    pattern: /protection mode enabled|is protected|protection flag|protected backup/i,
    code: 'denied',
    reason: 'it is protected against being removed.',
    remedy: 'Take the protection off first, if it is meant: the option "protection" of the machine, or of the backup.',
  },
  {
    // VM is locked (backup); CT is locked (snapshot-delete)
    pattern: /\bis locked\b/i,
    code: 'busy',
    reason: 'other work has locked it.',
    remedy:
      'Wait until that has ended, as the list of tasks shows; a lock left behind is taken off with "qm unlock" on the node.',
  },
  {
    // can't lock file '/var/lock/…' - got timeout; cfs-lock 'file-user_cfg' error: got lock request timeout; unable to acquire lock
    pattern:
      /can't lock file|cfs-lock|lock request timeout|unable to (acquire|get|create) .*lock|can't aquire lock|can't acquire lock/i,
    code: 'busy',
    reason: 'something else holds its lock.',
    remedy: 'Ask again in a moment.',
  },
  {
    // cluster not ready - no quorum?
    pattern: /no quorum/i,
    code: 'unavailable',
    reason: 'the cluster has no quorum, and changes nothing without.',
    remedy: 'See with "pvecm status" on a node which nodes are missing.',
  },
  {
    // QEMU guest agent is not running; No QEMU guest agent configured
    pattern: /guest agent (is )?not running|no qemu guest agent configured/i,
    code: 'conflict',
    reason: 'no guest agent answers in it.',
    remedy: 'Install and start qemu-guest-agent in the guest, and switch the option "agent" of the machine on.',
  },
  {
    // no such user ('x@pve'); storage 'x' does not exist; Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist;
    // no such snapshot; snapshot 'x' not found; unable to find configuration file for VM 100
    pattern:
      /does not exist|doesn't exist|no such|\bnot found\b|unable to find|not existing|unknown (node|storage|vm|ct|snapshot)/i,
    code: 'not_found',
    reason: 'something that it names does not exist.',
    remedy: 'List what there is, and name that.',
  },
  {
    // VM 100 already exists; unable to create VM 100 - VM 100 already exists on node 'pve1'; snapshot name 'x' already used
    pattern: /already (exists?|used|defined|in use)|duplicate|is used by/i,
    code: 'conflict',
    reason: 'something of that name or number is there already.',
    remedy: 'Choose another, or change the one that is there.',
  },
  {
    // VM 100 not running; CT 101 already running; VM 100 is running - destroy failed
    pattern: /\bnot running\b|\b(is |already )running\b/i,
    code: 'conflict',
    reason: 'it is not in the state that this needs.',
    remedy: 'See its state, and start or stop it first.',
  },
  {
    // VM 100 qmp command 'query-version' failed - got timeout; got timeout
    pattern: /got timeout|timed? ?out/i,
    code: 'busy',
    reason: 'it did not react in the time that the node gives it.',
    remedy: 'Ask again in a moment, and see what the node is busy with.',
  },
  {
    // snapshot feature is not available; full clone feature is not supported for drive 'scsi0'
    pattern: /feature is not available|is not supported|not supported (by|for|on)/i,
    code: 'unsupported',
    reason: 'this storage or machine can not do that.',
    remedy: 'See what the storage and the machine consist of.',
  },
];

export function findFailureRule(text: string): FailureRule | undefined {
  return failureRules.find(({ pattern }) => pattern.test(text));
}

/**
 * Texts by which a node says that it did not reach another one, or its own daemons, while it stood between:
 * "Connection refused", "Can't connect to 10.0.0.2:8006", "proxy loop detected", "Connection timed out".
 */
export function isTransportText(text: string): boolean {
  return /connection (refused|reset|timed out|error|closed)|can't connect to|no route to host|broken pipe|connect to (server|daemon) failed|ipcc_send_rec/i.test(
    text,
  );
}
