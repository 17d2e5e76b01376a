import type { IncomingMessage } from 'node:http';
import type { Account } from '../access/access-store.ts';
import { checkAccess } from '../access/check-access.ts';
import { ApiError, parameterError } from '../schema/api-error.ts';
import { checkParameters, type Values } from '../schema/check-parameters.ts';
import { checkReturn } from '../schema/check-return.ts';
import type { Router } from '../schema/router.ts';
import { sampleReturn } from '../schema/sample.ts';
import type { Method, Verb } from '../schema/types.ts';
import type { Cluster } from '../state/cluster.ts';
import type { ConsoleDesk, Handler, SentFile } from '../state/handler.ts';
import { Parameters } from '../state/parameters.ts';
import type { SentBody } from './read-request.ts';

export interface Asked {
  readonly method: Method;
  readonly values: Readonly<Record<string, string>>;
}

/** Who asks, by the token or the cookie; methods for the whole world need neither. */
export function authenticate(cluster: Cluster, request: IncomingMessage, method: Method): Account {
  const header = request.headers.authorization;
  if (header?.startsWith('PVEAPIToken=')) return cluster.tickets.checkToken(header.slice('PVEAPIToken='.length));
  const cookie = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
  if (cookie === undefined) {
    if (method.user === 'world') return { userid: 'nobody', id: 'nobody' };
    throw new ApiError(401, 'No ticket');
  }
  const csrf = request.headers.csrfpreventiontoken;
  const shown = Array.isArray(csrf) ? csrf[0] : csrf;
  try {
    // An upload may come from a plain form, which cannot show the CSRF token.
    const isFree = method.verb === 'GET' || method.template.endsWith('/upload');
    return cluster.tickets.check(decodeURIComponent(cookie), shown, isFree);
  } catch (error) {
    if (method.user === 'world') return { userid: 'nobody', id: 'nobody' };
    throw error;
  }
}

/** What of the schema is meant; 501 where there is no such thing. */
export function lookUp(router: Router, verb: string, path: string): Asked {
  const route = router.find(path);
  const method = route?.methods.get(verb as Verb);
  if (route === undefined || method === undefined) throw new ApiError(501, `Method '${verb} ${path}' not implemented`);
  return { method, values: route.values };
}

export interface Scene {
  readonly cluster: Cluster;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly consoles: ConsoleDesk;
  readonly localNode: string;
}

/** Checks, allows and carries out one request. `mistake` is told where the answer is not what the schema says. */
export async function carryOut(
  scene: Scene,
  asked: Asked,
  account: Account,
  body: SentBody,
  mistake: (text: string) => void,
): Promise<{ data: unknown; extra: Record<string, unknown>; params: Values }> {
  const { cluster, localNode } = scene;
  const { method, values } = asked;
  // In the order of the real one: who may not gets 403 even when what he sent is wrong.
  const sent = merge(method, body, values);
  checkAccess(method, { account, params: sent, permissions: cluster.permissions, store: cluster.access });
  requireNode(cluster, method, sent);
  const params = checkParameters(method, sent);
  if (!cluster.quorate && method.verb !== 'GET' && method.template !== '/access/ticket') {
    throw new ApiError(500, 'cluster not ready - no quorum?');
  }
  const key = `${method.verb} ${method.template}`;
  const handler = scene.handlers.get(key);
  const extra: Record<string, unknown> = {};
  const type = /\/(qemu|lxc)\//.exec(`${method.template}/`)?.[1];
  const withType = type === undefined || params.type !== undefined ? params : { ...params, type };
  const result =
    handler === undefined
      ? sampleReturn(method.returns)
      : await handler({
          cluster,
          params: new Parameters(withType),
          account,
          method,
          localNode,
          file: body.file,
          extra,
          consoles: scene.consoles,
        });
  const data: unknown = result === undefined ? null : JSON.parse(JSON.stringify(result));
  const problem = checkReturn(key, method.returns, data);
  if (problem !== undefined) mistake(`${key}: ${problem}`);
  return { data, extra, params };
}

function merge(method: Method, { params, file }: SentBody, values: Readonly<Record<string, string>>): Values {
  for (const [name, value] of Object.entries(values)) {
    if (params[name] === undefined || String(params[name]) === value) continue;
    throw parameterError({ [name]: 'duplicate parameter (already defined in URI) with conflicting values!' });
  }
  const declared = Object.entries(values).filter(([name]) => method.parameters.has(name));
  const uploaded = fileParameters(file, params);
  return { ...params, ...uploaded, ...Object.fromEntries(declared) };
}

/** An upload is written to a file first, which the method then finds. */
function fileParameters(file: SentFile | undefined, params: Values): Values {
  if (file === undefined) return {};
  if (file.field !== 'filename') throw new ApiError(400, `unexpected file field '${file.field}'`);
  return { filename: params.filename ?? file.name, tmpfilename: '/var/tmp/pveupload-0123456789abcdef0123456789abcdef' };
}

/** Another node is asked by the one that took the request; one that is down cannot be. */
function requireNode(cluster: Cluster, method: Method, params: Values): void {
  if (method.proxyto !== 'node' || params.node === undefined) return;
  const name = String(params.node);
  const node = cluster.nodes.get(name);
  if (node === undefined) {
    const why = `failed to get address info for: ${name}: Name or service not known`;
    throw new ApiError(500, `hostname lookup '${name}' failed - ${why}`);
  }
  if (!node.online) throw new ApiError(595, 'No route to host');
}
