import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { askLine, hasPerson } from '../ask/ask-line.ts';
import { readSecret } from '../ask/read-secret.ts';
import { renderFacts } from '../output/facts.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';
import { describeChecks } from './host-test.ts';

export type HostInput = ToolInput<'host.add'>;

/** `vmbridge host add <name>`: asks for the secret when it is not kept yet, and whether an unknown certificate is to be trusted. */
export async function addHost(session: Session, input: HostInput): Promise<number> {
  if (session.flags.plan) return session.showPlan('host.add', input);
  await keepSecret(session, input);
  const output = await addTrusted(session, input);
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  if (output.checks.length > 0) session.print(describeChecks(output.checks));
  session.print(plainText(`The host "${output.host.name}" is in the configuration.`));
  return 0;
}

async function keepSecret(session: Session, { credential, name, replace }: HostInput): Promise<void> {
  if (credential === undefined || !hasPerson()) return;
  const { credentials } = await session.call('credential.list', {});
  if (credentials.some(kept => kept.name === credential)) return;
  const { hosts } = await session.call('host.list', {});
  // What is refused anyway need not be asked for.
  if (!replace && hosts.some(host => host.name === name)) return;
  const secret = await readSecret(session, credential, {});
  await session.call('credential.set', { name: credential, secret });
}

/** Each node of a cluster has a certificate of its own. */
async function addTrusted(session: Session, input: HostInput) {
  let { fingerprints = [] } = input;
  for (const _ of input.addresses) {
    try {
      return await session.call('host.add', { ...input, ...(fingerprints.length > 0 ? { fingerprints } : {}) });
    } catch (error) {
      const shown = certificateOf(error);
      if (shown === undefined) throw error;
      if (!hasPerson()) throw withCommand(error, input, [...fingerprints, shown.fingerprint]);
      await askForTrust(session, shown);
      fingerprints = [...fingerprints, shown.fingerprint];
    }
  }
  return session.call('host.add', { ...input, fingerprints });
}

interface ShownCertificate {
  readonly fingerprint: string;
  readonly facts: readonly (readonly [string, string | undefined])[];
}

/** The certificate that a Fault says nobody trusts yet. */
function certificateOf(error: unknown): ShownCertificate | undefined {
  if (!(error instanceof Fault) || error.code !== 'denied') return undefined;
  const { fingerprint, ...data } = error.data ?? {};
  if (typeof fingerprint !== 'string') return undefined;
  const names = ['address', 'subject', 'issuer', 'validFrom', 'validTo'] as const;
  const facts = names.map(name => [name, typeof data[name] === 'string' ? data[name] : undefined] as const);
  return { fingerprint, facts: [...facts, ['SHA-256', fingerprint]] };
}

async function askForTrust(session: Session, { facts }: ShownCertificate): Promise<void> {
  process.stderr.write(`${renderFacts(facts, '  ')}\n`);
  const question =
    'No authority that is known here vouches for this certificate. Compare the fingerprint with what the host\n';
  const answer = await askLine(session, `${question}itself shows, e.g. by "pvenode cert info". Trust it? Type "yes": `);
  if (answer.trim().toLowerCase() === 'yes') return;
  throw new Fault('cancelled', 'The certificate is not trusted; the host was not added.', {
    remedy: 'Nothing was changed.',
  });
}

/** `--yes` is no answer to this question: whoever stands between would be trusted for good. */
function withCommand(error: unknown, input: HostInput, fingerprints: readonly string[]): unknown {
  if (!(error instanceof Fault)) return error;
  const words = Object.entries({ ...input, fingerprints }).flatMap(([name, value]) => toWords(name, value));
  const command = ['vmbridge host add', quoteWord(input.name), ...words].join(' ');
  return error.with({
    remedy: `Compare the fingerprint with what the host itself shows; when it is the same: ${command}`,
  });
}

const flags: Readonly<Record<string, string>> = {
  provider: '--provider',
  addresses: '--address',
  user: '--user',
  tokenId: '--token',
  credential: '--credential',
  totp: '--totp',
  caFile: '--ca-file',
  fingerprints: '--fingerprint',
  clientCertificate: '--client-certificate',
  clientKey: '--client-key',
  clientKeyPassword: '--client-key-credential',
  timeoutSeconds: '--timeout',
  connections: '--connections',
  replace: '--replace',
};

function toWords(name: string, value: unknown): string[] {
  const flag = flags[name];
  if (flag === undefined || value === undefined || value === false) return [];
  if (value === true) return [flag];
  return [value].flat().flatMap(word => [flag, quoteWord(String(word))]);
}
