import { createHash } from 'node:crypto';
import { permissionError } from '../access/check-access.ts';
import { ApiError, parameterError } from '../schema/api-error.ts';
import { bytesOf } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { isOn, type Storage, usedOf, type Volume, volumesOf } from '../state/storages.ts';
import { findVolume } from './find-volume.ts';

const sees = ['Datastore.Audit', 'Datastore.AllocateSpace'];

function presentStorage(storage: Storage, node: string) {
  const used = usedOf(storage, node);
  return {
    storage: storage.storage,
    type: storage.type,
    content: storage.content.join(','),
    active: Number(!storage.disabled),
    enabled: Number(!storage.disabled),
    shared: Number(storage.shared),
    total: storage.total,
    used,
    avail: storage.total - used,
    used_fraction: used / storage.total,
  };
}

const list: Handler = ({ cluster, params, account }) => {
  const node = params.text('node');
  const wanted = params.words('content');
  return [...cluster.storages.values()]
    .filter(storage => isOn(storage, node))
    .filter(storage => !params.has('storage') || storage.storage === params.text('storage'))
    .filter(storage => !params.flag('enabled') || !storage.disabled)
    .filter(storage => wanted.length === 0 || wanted.some(kind => storage.content.includes(kind)))
    .filter(storage => !params.has('target') || isOn(storage, params.text('target')))
    .filter(({ storage }) => cluster.permissions.hasAny(account, `/storage/${storage}`, sees))
    .map(storage => presentStorage(storage, node));
};

export function presentVolume({ volid, content, format, size, ctime, vmid, notes, protected: kept, parent }: Volume) {
  return {
    volid,
    content,
    format,
    size,
    ctime,
    ...(vmid === undefined ? {} : { vmid }),
    ...(notes === undefined ? {} : { notes }),
    ...(parent === undefined ? {} : { parent }),
    ...(kept === undefined ? {} : { protected: Number(kept) }),
    ...(content === 'backup' ? { subtype: volid.includes('lxc') ? 'lxc' : 'qemu' } : {}),
  };
}

const content: Handler = call => {
  const { cluster, params, account } = call;
  const node = params.text('node');
  const storage = cluster.requireStorage(params.text('storage'), node);
  const sees = (volume: Volume) =>
    cluster.permissions.has(account, `/storage/${storage.storage}`, 'Datastore.Allocate') ||
    !['backup', 'images', 'rootdir'].includes(volume.content) ||
    volume.vmid === undefined ||
    cluster.permissions.hasAny(account, `/vms/${volume.vmid}`, ['VM.Audit', 'VM.Backup']);
  return [...volumesOf(storage, node).values()]
    .filter(volume => !params.has('content') || volume.content === params.text('content'))
    .filter(volume => !params.has('vmid') || volume.vmid === params.number('vmid'))
    .filter(sees)
    .map(presentVolume);
};

/** `iso/a.iso` and `local:iso/a.iso` are the same volume of storage local. */
function volumeOf({ cluster, params }: HandlerCall): Volume {
  const name = params.text('volume');
  const volid = /^[\w.-]+:/.test(name) ? name : `${params.text('storage')}:${name}`;
  return findVolume(cluster, params.text('node'), volid);
}

const removeVolume: Handler = call => {
  const { cluster, params, account } = call;
  const volume = volumeOf(call);
  const storage = cluster.requireStorage(volume.volid.split(':')[0] ?? '');
  const at = `/storage/${storage.storage}`;
  const require = (path: string, privilege: string) => {
    if (!cluster.permissions.has(account, path, privilege)) throw permissionError(`${path}, ${privilege}`);
  };
  if (volume.content === 'backup' && volume.vmid !== undefined) {
    require(at, 'Datastore.AllocateSpace');
    require(`/vms/${volume.vmid}`, 'VM.Backup');
  } else require(at, 'Datastore.Allocate');
  return cluster.startTask({
    node: params.text('node'),
    type: 'imgdel',
    id: `${volume.vmid === undefined ? '' : `${volume.vmid}@`}${storage.storage}`,
    account,
    run: work => {
      if (volume.protected) throw new Error(`cannot remove protected archive '/mnt/${volume.volid.replace(':', '/')}'`);
      volumesOf(storage, params.text('node')).delete(volume.volid);
      work.log(`Removed volume '${volume.volid}'`);
    },
  });
};

/** What may be laid there, by the end of its name. */
const endings: Readonly<Record<string, RegExp>> = {
  iso: /\.(iso|img)$/i,
  vztmpl: /\.tar\.(gz|xz|zst)$/i,
  import: /\.(ova|ovf|qcow2|raw|vmdk)$/i,
};

/** Checks a new file's name and storage; the answer is its volume id. */
function placeFor({ cluster, params, method }: HandlerCall): {
  storage: Storage;
  volid: string;
  name: string;
  kind: string;
} {
  const kind = params.text('content');
  const storage = cluster.requireStorage(params.text('storage'), params.text('node'));
  const name = params
    .text('filename')
    .replace(/^.*[/\\]/, '')
    .replace(/[^-a-zA-Z0-9_.]/g, '_');
  if (!storage.content.includes(kind)) {
    const isUpload = method.template.endsWith('/upload');
    const refusal = isUpload ? `does not support '${kind}' content` : `is not configured for content-type '${kind}'`;
    throw new ApiError(500, `storage '${storage.storage}' ${refusal}`);
  }
  if (!endings[kind]?.test(name)) throw parameterError({ filename: 'wrong file extension' });
  return { storage, name, kind, volid: `${storage.storage}:${kind}/${name}` };
}

function checkDigest(data: Buffer, { params }: HandlerCall, log: (line: string) => void): void {
  const algorithm = params.maybeText('checksum-algorithm');
  if (algorithm === undefined) return;
  const got = createHash(algorithm).update(data).digest('hex');
  log(`calculating checksum...got '${got}'`);
  if (got !== params.text('checksum').toLowerCase()) {
    throw new Error(`checksum mismatch: got '${got}' != expect '${params.text('checksum')}'`);
  }
}

function keepFile({ storage, volid, kind, name }: ReturnType<typeof placeFor>, node: string, data: Buffer): void {
  const format =
    kind === 'iso' ? 'iso' : (/\.(tar\.)?(\w+)$/.exec(name)?.slice(1).join('').replace('tar.', 't') ?? 'raw');
  volumesOf(storage, node).set(volid, {
    volid,
    content: kind,
    format,
    size: data.length,
    ctime: Math.floor(Date.now() / 1000),
    data,
  });
}

const upload: Handler = call => {
  const { cluster, params, account, file } = call;
  if (file === undefined) throw parameterError({ tmpfilename: 'property is missing and it is not optional' });
  const place = placeFor(call);
  return cluster.startTask({
    node: params.text('node'),
    type: 'imgcopy',
    account,
    run: work => {
      work.log(`starting file import from: /var/tmp/pveupload-0123456789abcdef`);
      work.log(`target node: ${params.text('node')}`);
      work.log(`file size is: ${file.data.length}`);
      checkDigest(file.data, call, line => work.log(line));
      keepFile(place, params.text('node'), file.data);
      work.log(`finished file import successfully`);
    },
  });
};

const download: Handler = call => {
  const { cluster, params, account } = call;
  const place = placeFor(call);
  const url = params.text('url');
  return cluster.startTask({
    node: params.text('node'),
    type: 'download',
    id: place.name,
    account,
    run: async work => {
      work.log(`downloading ${url} to /var/lib/vz/template/${place.kind}/${place.name}`);
      const known = volumesOf(place.storage, params.text('node')).get(place.volid);
      if (known !== undefined && !params.has('checksum-algorithm')) {
        throw new Error(`refusing to override existing file '/var/lib/vz/template/${place.kind}/${place.name}'`);
      }
      if (known !== undefined) {
        checkDigest(known.data ?? Buffer.alloc(0), call, line => work.log(line));
        return;
      }
      const data = cluster.web.get(url);
      if (data === undefined) {
        work.log(`${url}: ERROR 404: Not Found.`);
        throw new Error("download failed: command '/usr/bin/wget' failed: exit code 8");
      }
      for (const percent of [25, 50, 75, 100]) {
        await work.reach((percent / 100) * 0.9);
        work.log(
          `  ${String(Math.floor((data.length * percent) / 102_400)).padStart(6)}K ........ ........ ........ ........ ${percent}% 50.0M 0s`,
        );
      }
      checkDigest(data, call, line => work.log(line));
      keepFile(place, params.text('node'), data);
      work.log(`download of '${url}' to '${place.name}' finished`);
    },
  });
};

const at = '/nodes/{node}/storage/{storage}';

export const storageHandlers: Handlers = {
  'GET /nodes/{node}/storage': list,
  [`GET ${at}/status`]: ({ cluster, params }) => {
    const {
      storage: _,
      used_fraction: __,
      ...rest
    } = presentStorage(cluster.requireStorage(params.text('storage'), params.text('node')), params.text('node'));
    return rest;
  },
  [`GET ${at}/content`]: content,
  [`POST ${at}/content`]: ({ cluster, params }) => {
    const storage = cluster.requireStorage(params.text('storage'), params.text('node'));
    const volid = `${storage.storage}:${storage.type === 'dir' || storage.type === 'nfs' ? `${params.text('vmid')}/` : ''}${params.text('filename')}`;
    if (volumesOf(storage, params.text('node')).has(volid)) throw new ApiError(500, `volume '${volid}' already exists`);
    const size = /[KMGT]$/.test(params.text('size')) ? bytesOf(params.text('size')) : params.number('size') * 1024;
    const volume: Volume = {
      volid,
      content: 'images',
      format: params.maybeText('format') ?? 'raw',
      size,
      ctime: Math.floor(Date.now() / 1000),
      vmid: params.number('vmid'),
    };
    volumesOf(storage, params.text('node')).set(volid, volume);
    return volid;
  },
  [`GET ${at}/content/{volume}`]: call => {
    const { volid, size, format, notes, protected: kept } = volumeOf(call);
    const more = {
      ...(notes === undefined ? {} : { notes }),
      ...(kept === undefined ? {} : { protected: Number(kept) }),
    };
    return { path: `/var/lib/vz/${volid.split(':')[1]}`, size, used: size, format, ...more };
  },
  [`PUT ${at}/content/{volume}`]: call => {
    const volume = volumeOf(call);
    if (call.params.has('notes')) volume.notes = call.params.text('notes');
    if (call.params.has('protected')) volume.protected = call.params.flag('protected');
  },
  [`DELETE ${at}/content/{volume}`]: removeVolume,
  [`POST ${at}/upload`]: upload,
  [`POST ${at}/download-url`]: download,
  'GET /nodes/{node}/query-url-metadata': ({ cluster, params }) => {
    const data = cluster.web.get(params.text('url'));
    if (data === undefined) throw new ApiError(500, "invalid server response: '404 Not Found'");
    const filename = new URL(params.text('url')).pathname.split('/').at(-1);
    return { filename, size: data.length, mimetype: 'application/octet-stream' };
  },
};
