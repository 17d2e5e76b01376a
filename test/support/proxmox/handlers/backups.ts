import { permissionError } from '../access/check-access.ts';
import { ApiError, parameterError } from '../schema/api-error.ts';
import { diskSizeOf, type Guest, nameOf, wordFor } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { markForPruning, type PruneRow, readKeep } from '../state/prune.ts';
import { type Storage, volumesOf } from '../state/storages.ts';
import type { TaskWork } from '../state/tasks.ts';
import { findVolume } from './find-volume.ts';
import { locked } from './snapshots.ts';

const vzdump: Handler = call => {
  const { cluster, params, account } = call;
  const node = params.maybeText('node') ?? call.localNode;
  const chosen = ['vmid', 'all', 'pool'].filter(name => params.has(name));
  if (chosen.length === 0) throw parameterError({ vmid: 'property is missing and it is not optional' });
  const storage = cluster.requireStorage(params.maybeText('storage') ?? 'local', node);
  const ids = params.words('vmid').map(Number);
  const excluded = new Set(params.words('exclude').map(Number));
  const wanted = (guest: Guest) =>
    params.has('vmid')
      ? ids.includes(guest.vmid)
      : params.has('pool')
        ? guest.pool === params.text('pool')
        : !excluded.has(guest.vmid);
  for (const vmid of ids) {
    if (!cluster.permissions.has(account, `/vms/${vmid}`, 'VM.Backup'))
      throw permissionError(`/vms/${vmid}, VM.Backup`);
  }
  if (!cluster.permissions.has(account, `/storage/${storage.storage}`, 'Datastore.AllocateSpace')) {
    throw permissionError(`/storage/${storage.storage}, Datastore.AllocateSpace`);
  }
  const guests = [...cluster.guests.values()].filter(guest => guest.node === node && wanted(guest));
  const unknown = ids.filter(vmid => !cluster.guests.has(vmid));
  // Nothing to do on this node: the answer is no task.
  if (guests.length === 0 && unknown.length === 0 && !params.flag('all')) return 'OK';
  const elsewhere = ids.filter(vmid => (cluster.guests.get(vmid)?.node ?? node) !== node);
  const run = async (work: TaskWork) => {
    work.log(
      `INFO: starting new backup job: vzdump ${ids.join(' ')} --storage ${storage.storage} --mode ${params.maybeText('mode') ?? 'snapshot'} --node ${node}`,
    );
    if (!storage.content.includes('backup')) {
      const name = storage.storage;
      throw new Error(
        `could not get storage information for '${name}': can't use storage '${name}' for backups - wrong content type`,
      );
    }
    if (elsewhere.length > 0) work.log(`INFO: skip external VMs: ${elsewhere.join(', ')}`);
    let failed = unknown.length > 0;
    for (const vmid of unknown) work.log(`ERROR: Backup of VM ${vmid} failed - unable to find VM '${vmid}'`);
    for (const [index, guest] of guests.entries()) {
      try {
        await backUp(call, storage, guest, work, index / guests.length, guests.length);
      } catch (error) {
        if (work.signal.aborted) throw error;
        failed = true;
        work.log(`ERROR: Backup of ${wordFor(guest)} ${guest.vmid} failed - ${(error as Error).message}`);
      }
    }
    if (failed) work.log('INFO: Backup job finished with errors');
    if (failed) throw new Error('job errors');
    work.log('INFO: Backup job finished successfully');
  };
  return cluster.startTask({
    node,
    type: 'vzdump',
    id: guests.length + unknown.length === 1 ? String(guests[0]?.vmid ?? unknown[0]) : '',
    account,
    run,
  });
};

async function backUp(
  call: HandlerCall,
  storage: Storage,
  guest: Guest,
  work: TaskWork,
  begin: number,
  count: number,
): Promise<void> {
  const { params } = call;
  const size = diskSizeOf(guest);
  work.log(`INFO: Starting Backup of ${wordFor(guest)} ${guest.vmid} (${guest.type})`);
  if (guest.lock !== undefined) throw new Error(`${wordFor(guest)} is locked (${guest.lock})`);
  work.log(`INFO: status = ${guest.running ? 'running' : 'stopped'}`);
  work.log(`INFO: backup mode: ${guest.running ? (params.maybeText('mode') ?? 'snapshot') : 'stop'}`);
  await locked(guest, 'backup', async () => {
    for (let percent = 0; percent <= 100; percent += 20) {
      await work.reach((begin + percent / 100 / count) * 0.9);
      const gigabytes = (value: number) => (value / 2 ** 30).toFixed(1);
      work.log(
        `INFO: ${String(percent).padStart(3)}% (${gigabytes((size * percent) / 100)} GiB of ${gigabytes(size)} GiB) in 1s, read: 1.2 GiB/s, write: 180.0 MiB/s`,
      );
    }
  });
  const volid = archiveName(storage, guest, params.maybeText('compress') ?? '0', new Date());
  const notes = params
    .maybeText('notes-template')
    ?.replaceAll('{{guestname}}', nameOf(guest))
    .replaceAll('{{vmid}}', String(guest.vmid))
    .replaceAll('{{node}}', guest.node)
    .replaceAll('{{cluster}}', call.cluster.name);
  volumesOf(storage, guest.node).set(volid, {
    volid,
    content: 'backup',
    format: volid.split('.').slice(1).join('.'),
    size: Math.floor(size / 10) + 1024,
    ctime: Math.floor(Date.now() / 1000),
    vmid: guest.vmid,
    backup: { type: guest.type, config: { ...guest.config } },
    ...(notes === undefined ? {} : { notes }),
    ...(params.flag('protected') ? { protected: true } : {}),
  });
  work.log(`INFO: archive file size: ${(size / 10 / 2 ** 30).toFixed(2)}GB`);
  pruneAfter(call, storage, guest, work);
  work.log(`INFO: Finished Backup of ${wordFor(guest)} ${guest.vmid} (00:00:01)`);
}

function archiveName(storage: Storage, guest: Guest, compress: string, time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('_');
  const clock = [two(time.getHours()), two(time.getMinutes()), two(time.getSeconds())].join('_');
  const end = { '1': '.lzo', lzo: '.lzo', gzip: '.gz', zstd: '.zst' }[compress] ?? '';
  const kind = guest.type === 'qemu' ? 'vma' : 'tar';
  if (storage.type === 'pbs')
    return `${storage.storage}:backup/${guest.type === 'qemu' ? 'vm' : 'ct'}/${guest.vmid}/${time.toISOString().replace(/\.\d+/, '')}`;
  return `${storage.storage}:backup/vzdump-${guest.type}-${guest.vmid}-${day}-${clock}.${kind}${end}`;
}

function pruneAfter({ params }: HandlerCall, storage: Storage, guest: Guest, work: TaskWork): void {
  const rules = params.maybeText('prune-backups') ?? storage.settings['prune-backups'];
  if (rules === undefined || (params.has('remove') && !params.flag('remove'))) return;
  const volumes = volumesOf(storage, guest.node);
  const own = [...volumes.values()].filter(({ content, vmid }) => content === 'backup' && vmid === guest.vmid);
  for (const { volume, mark } of markForPruning(own, readKeep(rules))) {
    if (mark !== 'remove') continue;
    volumes.delete(volume.volid);
    work.log(`INFO: removing backup '${volume.volid}'`);
  }
}

function pruneRows({ cluster, params }: HandlerCall): { rows: PruneRow[]; storage: Storage } {
  const storage = cluster.requireStorage(params.text('storage'), params.text('node'));
  const rules = params.maybeText('prune-backups') ?? storage.settings['prune-backups'] ?? 'keep-all=1';
  const volumes = [...volumesOf(storage, params.text('node')).values()]
    .filter(({ content }) => content === 'backup')
    .filter(({ vmid }) => !params.has('vmid') || vmid === params.number('vmid'))
    .filter(({ volid }) => !params.has('type') || volid.includes(`vzdump-${params.text('type')}-`));
  return { rows: markForPruning(volumes, readKeep(rules)), storage };
}

const presentRow = ({ volume, mark, type }: PruneRow) => ({
  volid: volume.volid,
  ctime: volume.ctime,
  mark,
  type,
  ...(volume.vmid === undefined ? {} : { vmid: volume.vmid }),
});

const prune: Handler = call => {
  const { cluster, params, account } = call;
  const { rows, storage } = pruneRows(call);
  const may =
    cluster.permissions.has(account, `/storage/${storage.storage}`, 'Datastore.Allocate') ||
    (params.has('vmid') && cluster.permissions.has(account, `/vms/${params.text('vmid')}`, 'VM.Backup'));
  if (!may) throw permissionError(`/storage/${storage.storage}, Datastore.Allocate`);
  return cluster.startTask({
    node: params.text('node'),
    type: 'prunebackups',
    id: `${params.maybeText('vmid') ?? ''}@${storage.storage}`,
    account,
    run: work => {
      for (const { volume, mark } of rows) {
        work.log(`${mark === 'remove' ? 'removing' : 'keeping'} ${volume.volid}`);
        if (mark === 'remove') volumesOf(storage, params.text('node')).delete(volume.volid);
      }
    },
  });
};

export const backupHandlers: Handlers = {
  'POST /nodes/{node}/vzdump': vzdump,
  'GET /nodes/{node}/vzdump/extractconfig': ({ cluster, params }) => {
    const { backup } = findVolume(cluster, params.text('node'), params.text('volume'));
    if (backup === undefined) throw new ApiError(500, `volume '${params.text('volume')}' is no backup`);
    return Object.entries(backup.config)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('');
  },
  'GET /nodes/{node}/vzdump/defaults': () => ({ mode: 'snapshot', remove: 1, compress: '0' }),
  'GET /nodes/{node}/storage/{storage}/prunebackups': call => pruneRows(call).rows.map(presentRow),
  'DELETE /nodes/{node}/storage/{storage}/prunebackups': prune,
  'GET /cluster/backup-info': () => [{ subdir: 'not-backed-up' }],
  'GET /cluster/backup-info/not-backed-up': ({ cluster }) => {
    const jobs = [...cluster.section('backup').values()];
    const covered = (guest: Guest) =>
      jobs.some(job =>
        job.all === 1
          ? !String(job.exclude ?? '')
              .split(',')
              .includes(String(guest.vmid))
          : job.pool === undefined
            ? String(job.vmid ?? '')
                .split(',')
                .includes(String(guest.vmid))
            : job.pool === guest.pool,
      );
    return [...cluster.guests.values()]
      .filter(guest => !covered(guest))
      .map(guest => ({ vmid: guest.vmid, type: guest.type, name: nameOf(guest) }));
  },
};
