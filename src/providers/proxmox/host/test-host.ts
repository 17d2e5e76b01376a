import { explainError } from '../../../errors/explain-error.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import type { HostCheck } from '../../define-provider.ts';
import type { Environment } from '../../environment.ts';
import { describeAccount } from '../client/authentication.ts';
import { ProxmoxClient } from '../client/client.ts';
import { parseNodeAddress } from '../client/node-address.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { loadTrust, type Trust } from '../client/trust.ts';
import { flagOf, isRecord, recordOf, recordsOf, textOf } from '../reply-values.ts';
import { testAddress } from './test-address.ts';

export const nodesRequest = { method: 'GET', path: '/nodes' } as const satisfies ProxmoxRequest;
export const permissionsRequest = { method: 'GET', path: '/access/permissions' } as const satisfies ProxmoxRequest;

/** Every node of the host first, then what can be asked once one of them is trusted. */
export async function testHost(environment: Environment, signal: AbortSignal): Promise<HostCheck[]> {
  const { host } = environment;
  if (host === undefined) throw new Fault('invalid', 'There is no host to be tested.');
  const trust = await attempt('certificates', () => loadTrust(host, environment.readSecret, signal));
  if ('check' in trust) return [trust.check];
  const reached = await testAddresses(host, trust.value, signal);
  const isTrusted = reached.some(({ name, passed }) => name === 'certificate' && passed);
  // A person has to be asked before anything is sent to a node that nobody vouches for.
  if (!isTrusted || reached.some(({ name, passed }) => name === 'certificate' && !passed)) return reached;
  return [...reached, ...(await testAccount(environment, host, signal))];
}

async function testAddresses(host: ConfiguredHost, trust: Trust, signal: AbortSignal): Promise<HostCheck[]> {
  const checks = host.addresses.map(text => testAddress(parseNodeAddress(text), host, trust, signal));
  return (await Promise.all(checks)).flat();
}

async function testAccount(environment: Environment, host: ConfiguredHost, signal: AbortSignal): Promise<HostCheck[]> {
  const made = await attempt('sign-in', async () => new ProxmoxClient({ host, readSecret: environment.readSecret }));
  if ('check' in made) return [made.check];
  const client = made.value;
  try {
    const version = await attempt('sign-in', () => client.version(signal));
    if ('check' in version) return [version.check];
    const { who } = describeAccount(host);
    return [
      { name: 'sign-in', passed: true, reason: `${who} is signed in.` },
      checkVersion(version.value),
      await checkNodes(client, signal),
      await checkPrivileges(client, who, signal),
    ];
  } finally {
    await client.close();
  }
}

function checkVersion({ version, major }: { version: string; major: number }): HostCheck {
  const name = 'version';
  if (major === 8 || major === 9) return { name, passed: true, reason: `Proxmox VE ${version}.` };
  const remedy = 'Use Proxmox VE 8 or 9.';
  return { name, passed: false, reason: `Proxmox VE ${version} is not known to vmbridge.`, remedy };
}

/** A member that is away is no fault of the way to the host. */
async function checkNodes(client: ProxmoxClient, signal: AbortSignal): Promise<HostCheck> {
  const name = 'nodes';
  const reply = await attempt(name, async () => recordsOf(await client.send(nodesRequest, { signal }), 'its nodes'));
  if ('check' in reply) return reply.check;
  const nodes = reply.value.map(({ node, status }) => `${textOf(node) ?? '?'} (${textOf(status) ?? 'unknown'})`).sort();
  return { name, passed: true, reason: `The nodes are ${nodes.join(', ') || 'none that the account may see'}.` };
}

async function checkPrivileges(client: ProxmoxClient, who: string, signal: AbortSignal): Promise<HostCheck> {
  const name = 'privileges';
  const ask = async () => recordOf(await client.send(permissionsRequest, { signal }), 'the privileges of the account');
  const reply = await attempt(name, ask);
  if ('check' in reply) return reply.check;
  const paths = Object.entries(reply.value).filter(([, held]) => isRecord(held) && Object.keys(held).length > 0);
  const own = paths.filter(([path, held]) => !isInherited(path, held, reply.value));
  if (paths.length > 0) return { name, passed: true, reason: `On ${own.slice(0, 8).map(describePath).join('; on ')}.` };
  const [option, account] = who.includes('!') ? ['--tokens', who] : ['--users', who];
  const remedy = `Grant it some on a node, e.g.: pveum acl modify / ${option} '${account}' --roles PVEVMAdmin`;
  return { name, passed: false, reason: `${who} has no privileges at all.`, remedy };
}

/** A path also lists what it has from one above. */
function isInherited(path: string, held: unknown, all: Readonly<Record<string, unknown>>): boolean {
  const above = Object.keys(all).filter(
    other => other !== path && `${path}/`.startsWith(other === '/' ? '/' : `${other}/`),
  );
  return above.some(other => JSON.stringify(namesOf(all[other])) === JSON.stringify(namesOf(held)));
}

function namesOf(held: unknown): string[] {
  return Object.keys(isRecord(held) ? held : {}).sort();
}

function describePath([path, held]: [string, unknown]): string {
  const below = Object.values(isRecord(held) ? held : {}).some(flagOf) ? ' and below' : '';
  const names = namesOf(held);
  const shown = names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
  return `${path}${below}: ${shown}`;
}

/** What the step gave, or the failed step. */
async function attempt<Value>(
  name: string,
  work: () => Promise<Value>,
): Promise<{ readonly value: Value } | { readonly check: HostCheck }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof Fault && error.code === 'cancelled') throw error;
    return {
      check: { name, passed: false, ...explainError(error), fault: error instanceof Fault ? error : undefined },
    };
  }
}
