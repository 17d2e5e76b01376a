import type { Version } from '../schema/contracts.ts';

const machine = [
  'VM.Allocate',
  'VM.Audit',
  'VM.Backup',
  'VM.Clone',
  'VM.Config.CDROM',
  'VM.Config.CPU',
  'VM.Config.Cloudinit',
  'VM.Config.Disk',
  'VM.Config.HWType',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.Options',
  'VM.Console',
  'VM.Migrate',
  'VM.PowerMgmt',
  'VM.Snapshot',
  'VM.Snapshot.Rollback',
];
/** PVE 9 has split VM.Monitor. */
const agent: Record<Version, readonly string[]> = {
  '8.4': ['VM.Monitor'],
  '9.2': [
    'VM.GuestAgent.Audit',
    'VM.GuestAgent.FileRead',
    'VM.GuestAgent.FileSystemMgmt',
    'VM.GuestAgent.FileWrite',
    'VM.GuestAgent.Unrestricted',
    'VM.Replicate',
  ],
};
const datastore = ['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'];
const system = [
  'Sys.AccessNetwork',
  'Sys.Audit',
  'Sys.Console',
  'Sys.Incoming',
  'Sys.Modify',
  'Sys.PowerMgmt',
  'Sys.Syslog',
];
const others = [
  'Group.Allocate',
  'Mapping.Audit',
  'Mapping.Modify',
  'Mapping.Use',
  'Permissions.Modify',
  'Pool.Allocate',
  'Pool.Audit',
  'Realm.Allocate',
  'Realm.AllocateUser',
  'SDN.Allocate',
  'SDN.Audit',
  'SDN.Use',
  'User.Modify',
];

export function allPrivileges(version: Version): readonly string[] {
  return [...machine, ...agent[version], ...datastore, ...system, ...others];
}

/** The roles that every installation has. */
export function builtInRoles(version: Version): Map<string, ReadonlySet<string>> {
  const all = allPrivileges(version);
  const audit = all.filter(name => name.endsWith('.Audit') && name !== 'VM.GuestAgent.Audit');
  const users = ['VM.Audit', 'VM.Backup', 'VM.Config.CDROM', 'VM.Config.Cloudinit', 'VM.Console', 'VM.PowerMgmt'];
  return new Map(
    Object.entries({
      Administrator: all,
      NoAccess: [],
      PVEAdmin: all.filter(
        name => !/^(Sys\.(Power|Modify|Incoming|AccessNetwork)|Realm\.Allocate$|Permissions\.)/.test(name),
      ),
      PVEAuditor: audit,
      PVEVMAdmin: [...machine, ...agent[version]],
      PVEVMUser: users,
      PVEDatastoreAdmin: datastore,
      PVEDatastoreUser: ['Datastore.AllocateSpace', 'Datastore.Audit'],
      PVEPoolAdmin: ['Pool.Allocate', 'Pool.Audit'],
      PVEPoolUser: ['Pool.Audit'],
      PVESDNAdmin: ['SDN.Allocate', 'SDN.Audit', 'SDN.Use'],
      PVESDNUser: ['SDN.Audit', 'SDN.Use'],
      PVESysAdmin: ['Sys.Audit', 'Sys.Console', 'Sys.Syslog'],
      PVETemplateUser: ['VM.Audit', 'VM.Clone'],
      PVEUserAdmin: ['Group.Allocate', 'Realm.AllocateUser', 'User.Modify'],
      PVEMappingAdmin: ['Mapping.Audit', 'Mapping.Modify', 'Mapping.Use'],
      PVEMappingUser: ['Mapping.Audit', 'Mapping.Use'],
    }).map(([name, privileges]) => [name, new Set(privileges)]),
  );
}
