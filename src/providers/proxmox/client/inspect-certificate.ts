import type { TLSSocket } from 'node:tls';
import { Fault } from '../../../errors/fault.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import type { ReadSecret } from './authentication.ts';
import { type CertificateFacts, describeCertificate, judgeCertificate } from './certificate-fault.ts';
import { ConnectError } from './connect-error.ts';
import { connectNode } from './connect-node.ts';
import { parseNodeAddress } from './node-address.ts';
import { loadTrust } from './trust.ts';

export interface InspectOptions {
  /** The host whose address it is: its trust decides whether the certificate is good. */
  readonly host: ConfiguredHost;
  readonly readSecret: ReadSecret;
  readonly signal: AbortSignal;
}

export interface InspectedCertificate extends CertificateFacts {
  /** Whether requests to this address would be sent. */
  readonly trusted: boolean;
  /** Why not, for people. */
  readonly problem?: Fault | undefined;
}

const connectMilliseconds = 10_000;

/** The certificate that an address shows, trusted or not; nothing is sent to it. Throws when there is no connection. */
export async function inspectCertificate(
  address: string,
  { host, readSecret, signal }: InspectOptions,
): Promise<InspectedCertificate> {
  const node = parseNodeAddress(address);
  const trust = await loadTrust(host, readSecret, signal);
  let seen: InspectedCertificate | undefined;
  const judge = (socket: TLSSocket) => {
    const problem = judgeCertificate(socket, node, trust, host.name);
    seen = { ...describeCertificate(socket, node), trusted: problem === undefined, problem };
    return problem;
  };
  const timeoutMilliseconds = Math.min(connectMilliseconds, (host.timeoutSeconds ?? 30) * 1000);
  try {
    const socket = await connectNode(node, { host: host.name, trust, timeoutMilliseconds, signal, judge });
    socket.on('error', () => {}).destroy();
  } catch (error) {
    if (seen !== undefined && error instanceof ConnectError && error.code === 'CERTIFICATE') return seen;
    throw explain(error, node.text, host.name);
  }
  if (seen === undefined) throw new TypeError('A connection was not judged.');
  return seen;
}

function explain(error: unknown, address: string, host: string): unknown {
  if (!(error instanceof ConnectError)) return error;
  return (
    error.fault ??
    new Fault(
      error.code === 'TIMEOUT' ? 'timeout' : 'unavailable',
      `No connection to ${address} of the host "${host}" comes about.`,
      {
        remedy: 'See whether it is on, and whether the address is right.',
        data: { host, address, reason: error.code },
        cause: error,
      },
    )
  );
}
