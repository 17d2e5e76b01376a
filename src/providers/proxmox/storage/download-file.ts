import { z } from 'zod';
import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { number, text, toBytes } from '../cluster/reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { contentOfName, toNativeContent } from './content-kinds.ts';
import { findPlace, type StoragePlace } from './find-storage.ts';
import { findVolume } from './find-volume.ts';
import { presentVolume } from './list-volumes.ts';
import { idOfFile, refuseExisting, refuseTooLarge, requireContent } from './refuse-existing.ts';

type Input = ToolInput<'storage.download'>;

const metadata = z.looseObject({ filename: text, size: number, mimetype: text });

export const downloadFile: Operation<ProxmoxSession, 'storage.download'> = async (session, input, call) => {
  const { request, id, place, bytes } = await prepare(session, input, call.signal);
  await session.client.runTask(request, call, { what: `Fetching ${input.url}` });
  const found = await findVolume(session, { id, node: place.node, field: 'name' }, call.signal);
  return { volume: presentVolume(session, found), ...(bytes === undefined ? {} : { bytes }) };
};

export const planDownloadFile: Planner<ProxmoxSession, 'storage.download'> = async (session, input, { signal }) => {
  const { request, id } = await prepare(session, input, signal);
  return [planRequest(session.host, request, `Fetch ${input.url} as ${id}.`)];
};

interface Prepared {
  readonly request: ProxmoxRequest;
  readonly id: string;
  readonly place: StoragePlace;
  readonly bytes: number | undefined;
}

async function prepare(session: ProxmoxSession, input: Input, signal: AbortSignal): Promise<Prepared> {
  const { storage, node } = input;
  const any = await findPlace(session, { storage, node }, signal);
  const { filename, size } = await askWeb(session, any.node, input, signal);
  const name = input.name ?? requireName(filename);
  const content = toNativeContent(requireContent(input.content ?? contentOfName(name), name));
  const place = await findPlace(
    session,
    { storage, node: node ?? (any.shared ? undefined : any.node), content },
    signal,
  );
  const bytes = toBytes(size);
  refuseTooLarge(place, bytes);
  await refuseExisting(session, place, { content, name }, signal);
  return { request: downloadRequest(place, content, name, input), id: idOfFile(storage, content, name), place, bytes };
}

/** What the web server tells of the file to the host, which is who will fetch it. */
async function askWeb({ client }: ProxmoxSession, node: string, { url, insecure }: Input, signal: AbortSignal) {
  const params = { node, url, ...(insecure ? { 'verify-certificates': false } : {}) };
  const request: ProxmoxRequest = { method: 'GET', path: '/nodes/{node}/query-url-metadata', params };
  return parseReply(metadata, await client.send(request, { signal }), `the file at ${url}`);
}

function requireName(filename: string | undefined): string {
  if (filename !== undefined && /^[A-Za-z0-9_][\w.+-]*$/.test(filename)) return filename;
  throw new Fault('invalid', 'The web server does not tell a name that a storage would take.', {
    remedy: 'Set "name".',
    data: { field: 'name' },
  });
}

function downloadRequest(
  { node, storage }: StoragePlace,
  content: string,
  filename: string,
  input: Input,
): ProxmoxRequest {
  const { url, checksum, insecure } = input;
  return {
    method: 'POST',
    path: '/nodes/{node}/storage/{storage}/download-url',
    params: {
      node,
      storage,
      url,
      content,
      filename,
      ...(checksum === undefined ? {} : { checksum: checksum.value, 'checksum-algorithm': checksum.algorithm }),
      ...(insecure ? { 'verify-certificates': false } : {}),
    },
  };
}
