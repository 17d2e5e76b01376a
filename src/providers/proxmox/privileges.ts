import type { Permissions } from './client/permissions.ts';

/** What a tool needs of the version and the account, to work at anything at all. */
export interface ToolRule {
  /** One of these privileges, on any path. */
  readonly anyOf: readonly string[];
  /** What stood for them before version 9, where that was something else. */
  readonly before9?: readonly string[];
  /** The first version that can do it. */
  readonly since?: number;
}

const need = (...anyOf: string[]): ToolRule => ({ anyOf });
/** VM.Monitor became several finer privileges in version 9. */
const needAgent = (...finer: string[]): ToolRule => ({
  anyOf: [...finer, 'VM.GuestAgent.Unrestricted'],
  before9: ['VM.Monitor'],
});
const power = need('VM.PowerMgmt');
const create = need('VM.Allocate');
const disk = need('VM.Config.Disk');
const adapter = need('VM.Config.Network');
const consoles = need('VM.Console');
const contents = need('Datastore.Audit', 'Datastore.AllocateSpace', 'Datastore.Allocate');
const template = need('Datastore.AllocateTemplate');
const volumes = need('Datastore.Allocate', 'Datastore.AllocateSpace');
const bridges = need('Sys.Modify', 'SDN.Allocate');
const look = need('Sys.Audit');
const change = need('Sys.Modify');
const availability = need('Sys.Console');
const replication: ToolRule = { anyOf: ['VM.Replicate'], before9: ['Datastore.Allocate'] };

/**
 * Keyed by tool id. A tool without a rule is always offered; one with a rule is where the account holds a privilege on some
 * path, even if not on the one that a call will name: its 403 tells then.
 */
export const toolRules: Readonly<Record<string, ToolRule>> = {
  'vm.start': power,
  'vm.stop': power,
  'vm.restart': power,
  'vm.pause': power,
  'vm.resume': power,
  'vm.suspend': power,
  'vm.create': create,
  'vm.import': create,
  'vm.delete': create,
  'vm.template': create,
  'vm.clone': need('VM.Clone'),
  'vm.migrate': need('VM.Migrate'),
  'vm.rename': need('VM.Config.Options'),
  'vm.configure': need(
    'VM.Config.CPU',
    'VM.Config.Memory',
    'VM.Config.Options',
    'VM.Config.Disk',
    'VM.Config.CDROM',
    'VM.Config.Network',
    'VM.Config.HWType',
    'VM.Config.Cloudinit',
  ),
  'vm.disk.move': disk,
  'vm.disk.resize': disk,
  'vm.adapter.add': adapter,
  'vm.adapter.set': adapter,
  'vm.adapter.remove': adapter,
  'vm.checkpoint.create': need('VM.Snapshot'),
  'vm.checkpoint.delete': need('VM.Snapshot'),
  'vm.checkpoint.restore': need('VM.Snapshot', 'VM.Snapshot.Rollback'),
  'vm.exec': needAgent(),
  'vm.copy': needAgent('VM.GuestAgent.FileRead', 'VM.GuestAgent.FileWrite'),
  'vm.freeze': needAgent('VM.GuestAgent.FileSystemMgmt'),
  // Of a container it is asked without an agent.
  'vm.addresses': {
    anyOf: ['VM.Audit', 'VM.GuestAgent.Audit', 'VM.GuestAgent.Unrestricted'],
    before9: ['VM.Audit', 'VM.Monitor'],
  },
  'vm.screenshot': consoles,
  'vm.sendKeys': consoles,
  'vm.type': consoles,
  'vm.console': consoles,
  'network.create': bridges,
  'network.delete': bridges,
  'storage.list': contents,
  'storage.contents': contents,
  'storage.upload': template,
  'storage.download': template,
  'storage.delete': volumes,
  'backup.run': need('VM.Backup'),
  'backup.restore': need('VM.Allocate', 'VM.Backup'),
  'backup.list': contents,
  'backup.delete': volumes,
  'backup.prune': volumes,
  'backup.missing': look,
  'backup.job.list': look,
  'backup.job.create': change,
  'backup.job.set': change,
  'backup.job.delete': change,
  'cluster.status': look,
  'ha.list': look,
  'ha.set': availability,
  'ha.remove': availability,
  'ha.rule.set': availability,
  'ha.rule.remove': availability,
  'replication.set': replication,
  'replication.run': replication,
  'replication.remove': replication,
};

export function isOffered(tool: string, major: number, permissions: Pick<Permissions, 'hasAnywhere'>): boolean {
  const rule = Object.hasOwn(toolRules, tool) ? toolRules[tool] : undefined;
  if (rule === undefined) return true;
  if (major < (rule.since ?? 0)) return false;
  const privileges = major < 9 ? (rule.before9 ?? rule.anyOf) : rule.anyOf;
  return privileges.some(privilege => permissions.hasAnywhere(privilege));
}
