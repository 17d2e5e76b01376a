import { z } from 'zod';
import type { ProxmoxClient } from './client.ts';
import { normalizeFingerprint } from './fingerprint.ts';
import { parseReply } from './parse-reply.ts';

const rawNodes = z.array(z.object({ node: z.string(), status: z.string().optional() }));
const rawCertificates = z.array(z.object({ filename: z.string().optional(), fingerprint: z.string().optional() }));

/** What all nodes of a cluster have in common: the authority that it made for itself. Undefined when it tells none. */
export async function askClusterIdentity(client: ProxmoxClient, signal: AbortSignal): Promise<string | undefined> {
  const nodes = parseReply(rawNodes, await client.send({ method: 'GET', path: '/nodes' }, { signal }), 'its nodes');
  const node = (nodes.find(({ status }) => status === 'online') ?? nodes[0])?.node;
  if (node === undefined) return undefined;
  const raw = await client.send(
    { method: 'GET', path: '/nodes/{node}/certificates/info', params: { node } },
    { signal },
  );
  const certificates = parseReply(rawCertificates, raw, 'its certificates');
  const authority = certificates.find(({ filename }) => filename === 'pve-root-ca.pem')?.fingerprint;
  return authority === undefined ? undefined : `pve-root-ca ${normalizeFingerprint(authority)}`;
}
