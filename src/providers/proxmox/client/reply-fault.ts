import { Fault, type FaultDetails } from '../../../errors/fault.ts';
import type { EncodedRequest } from './encode-request.ts';
import type { Reply } from './exchange.ts';
import { findFailureRule, isTransportText } from './failure-rules.ts';
import type { NodeAddress } from './node-address.ts';
import { type Account, buildPermissionFault } from './permission-fault.ts';
import { readReplyText } from './reply-text.ts';
import type { SecretWords } from './secret-words.ts';

export interface ReplyContext {
  readonly host: string;
  readonly address: NodeAddress;
  readonly request: EncodedRequest;
  readonly account: Account;
  readonly secrets: SecretWords;
}

/** What an answer that is no success means. The foreign text is in the data, without secrets. */
export function buildReplyFault(reply: Reply, context: ReplyContext): Fault {
  const { host, request, account, secrets } = context;
  const { text, errors } = readReplyText(reply);
  const what = `${request.method} ${request.path}`;
  const data = {
    host,
    request: { method: request.method, path: request.path },
    status: reply.status,
    answer: secrets.clean(text),
  };
  if (reply.status === 401) return buildRefusal(context, data);
  if (reply.status === 403) return buildPermissionFault(text, what, account, data);
  if (reply.status === 501) {
    return new Fault('unsupported', `The host "${host}" does not know ${what}.`, {
      remedy: 'See which version of Proxmox VE the host has.',
      data,
    });
  }
  const between = request.method === 'GET' && reply.status === 500 && isTransportText(text);
  if (isUnreached(reply.status) || between) return buildUnreached(reply.status, context, data);
  if (reply.status >= 300 && reply.status < 400) return buildStranger(context, data);
  if (Object.keys(errors).length > 0) return buildInvalid(errors, context, data);
  const rule = findFailureRule(text);
  if (rule !== undefined) {
    return new Fault(rule.code, `The host "${host}" can not do ${what}: ${rule.reason}`, { remedy: rule.remedy, data });
  }
  if (reply.status === 404) return buildStranger(context, data);
  const code = reply.status === 400 ? 'invalid' : 'failed';
  return new Fault(code, `The host "${host}" could not do ${what}.`, {
    remedy: 'What it says of that is in the data of this error, under "answer".',
    data,
  });
}

/** Statuses of a node or proxy that did not get through to the one that the request was for. */
export function isUnreached(status: number): boolean {
  return status === 502 || status === 503 || status === 504 || (status >= 595 && status <= 599);
}

function buildRefusal({ host, account, request }: ReplyContext, data: FaultDetails['data']): Fault {
  const token = account.kind === 'token';
  return new Fault('denied', `The host "${host}" does not know ${account.who}${token ? ' with that token' : ''}.`, {
    remedy: token
      ? `See on a node whether the token is there and has not expired: pveum user token list ${account.who.split('!', 1)[0]}. Keep its secret with "vmbridge credential set".`
      : 'See on a node whether the account is enabled: pveum user list',
    data: { ...data, who: account.who, request: { method: request.method, path: request.path } },
  });
}

function buildUnreached(status: number, { host, address, request }: ReplyContext, data: FaultDetails['data']): Fault {
  const { node, method } = request;
  const place = node === undefined ? 'the node that has to answer' : `the node "${node}"`;
  // 595: no connection to it came about. Whatever else: the request may have gone through.
  const unsure = method !== 'GET' && status !== 595 && status !== 503;
  const message = `${address.text} did not reach ${place} of the host "${host}".`;
  return new Fault(
    unsure ? 'host_fault' : 'unavailable',
    unsure ? `${message} ${method} ${request.path} may have been carried out.` : message,
    {
      remedy: unsure
        ? 'See the state, and the tasks of the cluster, before it is asked for again.'
        : 'See with "pvecm status" whether the node is online, or ask again in a moment.',
      data: { ...data, node, ...(unsure ? { mayHaveBeenCarriedOut: true } : {}) },
    },
  );
}

function buildStranger({ host, address, request }: ReplyContext, data: FaultDetails['data']): Fault {
  return new Fault(
    'host_fault',
    `${address.text} does not answer ${request.method} ${request.path} as Proxmox VE does.`,
    {
      remedy: `See whether the address of the host "${host}" is right, and the path that a proxy before it needs.`,
      data,
    },
  );
}

function buildInvalid(
  errors: Readonly<Record<string, string>>,
  context: ReplyContext,
  data: FaultDetails['data'],
): Fault {
  const { host, request, secrets } = context;
  const fields = Object.fromEntries(
    Object.entries(errors).map(([name, text]) => [secrets.clean(name).slice(0, 100), secrets.clean(text)]),
  );
  const rule = findFailureRule(Object.values(errors).join('\n'));
  const code = rule?.code === 'conflict' || rule?.code === 'not_found' ? rule.code : 'invalid';
  const names = Object.keys(fields).join(', ');
  return new Fault(code, `The host "${host}" does not take ${request.method} ${request.path} with this ${names}.`, {
    remedy: 'What is wrong with each is in the data of this error, under "fields".',
    data: { ...data, field: Object.keys(fields)[0], fields },
  });
}
