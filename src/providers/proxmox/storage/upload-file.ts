import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { contentOfName, toNativeContent } from './content-kinds.ts';
import { findPlace, type StoragePlace } from './find-storage.ts';
import { findVolume } from './find-volume.ts';
import { presentVolume } from './list-volumes.ts';
import { idOfFile, refuseExisting, refuseTooLarge, requireContent } from './refuse-existing.ts';

type Input = ToolInput<'storage.upload'>;

/** Share of the work that hashing the file is taken for. */
const hashShare = 0.1;
/** How a plan shows the sum, which only the run makes: it reads the whole file. */
const unknownSum = '<SHA-256 of the file>';

export const uploadFile: Operation<ProxmoxSession, 'storage.upload'> = async (session, input, call) => {
  const { place, content, name, file, bytes } = await prepare(session, input, call.signal);
  const sha256 = input.unverified ? undefined : await hashFile(file, bytes, call);
  const request = uploadRequest(place, content, sha256);
  const what = `Sending ${name}`;
  const progress: CallContext['progress'] = ({ fraction, message }) =>
    call.progress({ ...(fraction === undefined ? {} : { fraction: hashShare + fraction * 0.8 }), message });
  const upid = await session.client.upload(request, { field: 'filename', path: file, name }, { ...call, progress });
  if (typeof upid === 'string' && upid.startsWith('UPID:')) {
    await session.client.followTask(upid, { ...call, progress: ({ message }) => call.progress({ message }) }, { what });
  }
  const id = idOfFile(place.storage, content, name);
  const found = await findVolume(session, { id, node: place.node, field: 'name' }, call.signal);
  return { volume: presentVolume(session, found), ...(sha256 === undefined ? {} : { sha256 }) };
};

export const planUploadFile: Planner<ProxmoxSession, 'storage.upload'> = async (session, input, { signal }) => {
  const { place, content, name, file } = await prepare(session, input, signal);
  const request = uploadRequest(place, content, input.unverified ? undefined : unknownSum);
  // The name goes with the file itself.
  const shown = { ...request, params: { ...request.params, filename: name } };
  return [planRequest(session.host, shown, `Send ${file} as ${idOfFile(place.storage, content, name)}.`)];
};

interface Prepared {
  readonly place: StoragePlace;
  readonly content: string;
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
}

async function prepare(session: ProxmoxSession, input: Input, signal: AbortSignal): Promise<Prepared> {
  const file = path.resolve(input.file);
  const bytes = await sizeOf(file);
  const name = input.name ?? requireName(path.basename(file));
  const content = toNativeContent(requireContent(input.content ?? contentOfName(name), name));
  const place = await findPlace(session, { storage: input.storage, node: input.node, content }, signal);
  refuseTooLarge(place, bytes);
  await refuseExisting(session, place, { content, name }, signal);
  return { place, content, name, file, bytes };
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new Fault('not_found', `The file ${file} can not be read.`, { data: { field: 'file' }, cause });
  });
  if (found.isFile()) return found.size;
  throw new Fault('invalid', `${file} is not a regular file.`, { data: { field: 'file' } });
}

function requireName(name: string): string {
  if (/^[A-Za-z0-9_][\w.+-]{0,254}$/.test(name)) return name;
  throw new Fault('invalid', `The file's name "${name.slice(0, 100)}" is none that a storage takes.`, {
    remedy: 'Set "name" to one of letters, digits and _ . + -',
    data: { field: 'name' },
  });
}

async function hashFile(file: string, bytes: number, { signal, progress }: CallContext): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  const message = `Hashing ${path.basename(file)}`;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal })) {
      hash.update(chunk as Buffer);
      done += (chunk as Buffer).length;
      progress({ fraction: hashShare * Math.min(1, done / Math.max(1, bytes)), message });
    }
  } catch (cause) {
    if (signal.aborted) throw cancelledFault(signal, message);
    throw new Fault('host_fault', `The file ${file} can not be read.`, { data: { field: 'file' }, cause });
  }
  return hash.digest('hex');
}

function uploadRequest({ node, storage }: StoragePlace, content: string, sha256: string | undefined): ProxmoxRequest {
  const sum = sha256 === undefined ? {} : { checksum: sha256, 'checksum-algorithm': 'sha256' };
  const path = '/nodes/{node}/storage/{storage}/upload';
  return { method: 'POST', path, params: { node, storage, content, ...sum } };
}
