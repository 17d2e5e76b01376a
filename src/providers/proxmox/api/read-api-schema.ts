import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { SharedWork } from '../../../host/shared-work.ts';
import { writeFileAtomically } from '../../../host/write-file-atomically.ts';
import type { ProxmoxSession } from '../session.ts';
import type { ApiSchema } from './api-schema.ts';
import { parseApiDocument } from './parse-api-document.ts';

/** Where a server keeps the description of its API, outside of the API itself. */
const documentPath = '/pve-docs/api-viewer/apidoc.js';
const cached = z.object({ sha256: z.string(), schema: z.string() });

interface Known {
  readonly reading: SharedWork<ApiSchema>;
  schema: ApiSchema | undefined;
}

const known = new WeakMap<ProxmoxSession, Known>();

/** The schema of the server's own version: from memory, else from the cache, else from the server. */
export async function readApiSchema(session: ProxmoxSession, signal: AbortSignal): Promise<ApiSchema> {
  const { version } = await session.client.version(signal);
  const kept = known.get(session) ?? { reading: new SharedWork<ApiSchema>(), schema: undefined };
  known.set(session, kept);
  // A server that was upgraded meanwhile has another one.
  if (kept.schema?.version !== version) {
    kept.schema = await kept.reading.run(version, shared => findSchema(session, version, shared), signal);
  }
  return kept.schema;
}

async function findSchema(session: ProxmoxSession, version: string, signal: AbortSignal): Promise<ApiSchema> {
  // Each host has its own: one that lies about its version spoils nothing but its own.
  const file = path.join(session.paths.cache, 'proxmox', `${session.host}-${version.replace(/[^\w.-]/g, '_')}.json`);
  const found = await readCached(file, version);
  if (found !== undefined) return found;
  const text = await session.client.readDocument(documentPath, { signal });
  const schema = parseApiDocument(text, version);
  const content = JSON.stringify(schema);
  await writeFileAtomically(file, JSON.stringify({ sha256: sha256(content), schema: content })).catch(error => {
    session.log.warn(`The API schema of ${session.host} could not be kept in ${file}: ${String(error)}`);
  });
  return schema;
}

async function readCached(file: string, version: string): Promise<ApiSchema | undefined> {
  try {
    const { sha256: expected, schema } = cached.parse(JSON.parse(await readFile(file, 'utf8')));
    if (sha256(schema) !== expected) return undefined;
    const parsed = JSON.parse(schema) as ApiSchema;
    return parsed.version === version ? parsed : undefined;
  } catch {
    // Not there, or not whole.
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
