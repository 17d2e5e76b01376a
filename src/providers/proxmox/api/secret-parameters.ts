import { Fault } from '../../../errors/fault.ts';
import type { ProxmoxRequest } from '../client/request.ts';

/** Parameters whose values nobody is shown. Names of tokens and public keys are no secrets. */
const secretName = /password|passphrase|secret|private|keyring|^otp$|(^|[-_])(token|key|ticket)$/i;

const mask = '(secret)';

export function isSecretParameter(name: string): boolean {
  return secretName.test(name);
}

/** The request as it may be shown. */
export function maskRequest(request: ProxmoxRequest): ProxmoxRequest {
  const params = Object.entries(request.params ?? {}).map(
    ([name, value]) => [name, isSecretParameter(name) ? mask : value] as const,
  );
  return { ...request, params: Object.fromEntries(params) };
}

/** The Fault without the secrets of the request, which a server may repeat in its answer. */
export function maskFault(fault: Fault, { params = {} }: ProxmoxRequest): Fault {
  const secrets = Object.entries(params)
    .filter(([name, value]) => isSecretParameter(name) && value !== undefined)
    .flatMap(([, value]) => (typeof value === 'object' ? value : [String(value)]))
    .filter(text => text.length > 0);
  if (secrets.length === 0) return fault;
  const hide = (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, mask), text);
  const { code, message, remedy, data, log } = fault;
  return new Fault(code, hide(message), {
    remedy: remedy === undefined ? undefined : hide(remedy),
    data: data === undefined ? undefined : hideIn(data, hide),
    log,
  });
}

function hideIn(data: Readonly<Record<string, unknown>>, hide: (text: string) => string): Record<string, unknown> {
  const hidden: unknown = JSON.parse(JSON.stringify(data), (_, value: unknown) =>
    typeof value === 'string' ? hide(value) : value,
  );
  return hidden as Record<string, unknown>;
}
