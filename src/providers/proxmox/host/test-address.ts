import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { cancelledFault } from '../../../errors/fault.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import type { HostCheck } from '../../define-provider.ts';
import { describeCertificate, judgeCertificate } from '../client/certificate-fault.ts';
import { ConnectError } from '../client/connect-error.ts';
import { connectNode } from '../client/connect-node.ts';
import { normalizeFingerprint } from '../client/fingerprint.ts';
import type { NodeAddress } from '../client/node-address.ts';
import type { Trust } from '../client/trust.ts';

const slowestMilliseconds = 10_000;

/** Whether one node can be found, connected to and trusted; nothing is asked of it. */
export async function testAddress(
  address: NodeAddress,
  host: ConfiguredHost,
  trust: Trust,
  signal: AbortSignal,
): Promise<HostCheck[]> {
  const found = await findAddress(address, signal);
  if (!found.passed) return [found];
  const seen: HostCheck[] = [];
  const judge = (socket: TLSSocket) => {
    const fault = judgeCertificate(socket, address, trust, host.name);
    const name = 'certificate';
    if (fault === undefined) seen.push({ name, passed: true, reason: explainTrust(socket, address, host) });
    else seen.push({ name, passed: false, reason: fault.message, remedy: fault.remedy, fault });
    return fault;
  };
  const timeoutMilliseconds = Math.min((host.timeoutSeconds ?? 30) * 1000, slowestMilliseconds);
  const connected: HostCheck = { name: 'connection', passed: true, reason: `${address.text} speaks TLS.` };
  try {
    const socket = await connectNode(address, { host: host.name, trust, timeoutMilliseconds, signal, judge });
    socket.on('error', () => {}).destroy();
    return [found, connected, ...seen];
  } catch (error) {
    if (signal.aborted) throw cancelledFault(signal, `The test of "${host.name}"`);
    return seen.some(({ passed }) => !passed)
      ? [found, connected, ...seen]
      : [found, ...explainFailure(address, error)];
  }
}

async function findAddress({ host, text }: NodeAddress, signal: AbortSignal): Promise<HostCheck> {
  const name = 'address';
  if (isIP(host.replace(/%.*$/, '')) !== 0) return { name, passed: true, reason: `${text} names an address itself.` };
  const late = AbortSignal.any([signal, AbortSignal.timeout(slowestMilliseconds)]);
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Error('No answer.'));
  late.addEventListener('abort', giveUp, { once: true });
  try {
    const all = await Promise.race([given, lookup(host, { all: true })]);
    return { name, passed: true, reason: `${host} is ${all.map(({ address }) => address).join(', ')}.` };
  } catch {
    if (signal.aborted) throw cancelledFault(signal, `Looking ${host} up`);
    const remedy = 'Check the name, and the name server of this machine; an IP address needs none.';
    return { name, passed: false, reason: `There is no address for the name ${host}.`, remedy };
  } finally {
    late.removeEventListener('abort', giveUp);
  }
}

/** Who vouches for it, and until when. */
function explainTrust(socket: TLSSocket, address: NodeAddress, host: ConfiguredHost): string {
  const { fingerprint, issuer, validTo } = describeCertificate(socket, address);
  const pinned = (host.fingerprints ?? []).map(normalizeFingerprint).includes(normalizeFingerprint(fingerprint));
  const why = pinned
    ? 'its fingerprint is among those to be trusted'
    : `${host.caFile === undefined ? 'an authority that this system trusts' : `the authority in ${host.caFile}`} signed it`;
  return `${address.text}: SHA-256 ${fingerprint}, by ${issuer || 'nobody named'}, valid until ${validTo || 'no time that can be read'}; trusted, as ${why}.`;
}

function explainFailure(address: NodeAddress, error: unknown): HostCheck[] {
  const { code, fault } = error instanceof ConnectError ? error : { code: 'UNKNOWN', fault: undefined };
  if (fault !== undefined) {
    return [{ name: 'client certificate', passed: false, reason: fault.message, remedy: fault.remedy, fault }];
  }
  return [{ name: 'connection', passed: false, ...reasonOf(address, code) }];
}

function reasonOf({ text, port }: NodeAddress, code: string): { reason: string; remedy: string } {
  switch (code) {
    case 'ECONNREFUSED':
      return { reason: `Nothing listens at ${text}.`, remedy: `Check the port, and that pveproxy runs on the node.` };
    case 'TIMEOUT':
      return {
        reason: `${text} does not answer.`,
        remedy: `Check that the node runs and that no firewall drops port ${port}.`,
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        reason: `There is no way to ${text}.`,
        remedy: 'Check the network of this machine: a VPN may be missing.',
      };
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return { reason: `${text} does not speak TLS.`, remedy: 'Check the port: the API of Proxmox VE has 8006.' };
    default:
      return {
        reason: `No connection to ${text} came about (${code}).`,
        remedy: 'Check the address and what stands between.',
      };
  }
}
