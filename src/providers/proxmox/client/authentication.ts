import { Fault } from '../../../errors/fault.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import type { Method } from './request.ts';
import type { SecretWords } from './secret-words.ts';

/** How a host is told who asks. */
export interface Authentication {
  /** As `pveum` names it: `root@pam`, or `root@pam!ci` for a token. */
  readonly who: string;
  readonly kind: 'token' | 'ticket';
  /** Headers that prove it. Logs in where that is needed. */
  headers(method: Method, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** After a 401 for these headers: whether others, made anew, may do better. */
  renew(refused: Readonly<Record<string, string>>): boolean;
}

export type ReadSecret = (name: string, signal?: AbortSignal) => Promise<string>;

/** Asks with an API token: nothing expires, nothing is to be renewed. */
export class TokenAuthentication implements Authentication {
  readonly who: string;
  readonly kind = 'token';
  readonly #credential: string;
  readonly #readSecret: ReadSecret;
  readonly #secrets: SecretWords;
  #secret: string | undefined;

  constructor(who: string, credential: string, readSecret: ReadSecret, secrets: SecretWords) {
    this.who = who;
    this.#credential = credential;
    this.#readSecret = readSecret;
    this.#secrets = secrets;
  }

  async headers(_method: Method, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    this.#secret ??= requirePrintable(await this.#readSecret(this.#credential, signal), this.#credential);
    this.#secrets.add(this.#secret);
    return { authorization: `PVEAPIToken=${this.who}=${this.#secret}` };
  }

  renew(): boolean {
    // Somebody may keep another one: it is read anew by the next request.
    this.#secret = undefined;
    return false;
  }
}

/** Who asks, by the settings; throws `invalid` naming the one that is missing. */
export function describeAccount({ name, user, tokenId, credential }: ConfiguredHost): {
  who: string;
  user: string;
  credential: string;
} {
  if (user === undefined) throw missing(name, 'user', 'e.g. "root@pam"');
  if (credential === undefined) {
    throw missing(name, 'credential', 'the name under which its token or password is kept');
  }
  for (const [field, value] of Object.entries({ user, tokenId })) {
    if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) {
      throw new Fault('invalid', `The setting "${field}" of the host "${name}" holds what no account can have.`, {
        remedy: 'Write it as "pveum user list" does.',
        data: { field },
      });
    }
  }
  const who = tokenId === undefined ? user : tokenId.includes('!') ? tokenId : `${user}!${tokenId}`;
  return { who, user, credential };
}

function requirePrintable(secret: string, credential: string): string {
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new Fault('invalid', `The secret "${credential}" can not be that of a token.`, {
    remedy: `Keep the token's secret alone, without blanks: vmbridge credential set ${credential}`,
    data: { field: 'credential' },
  });
}

function missing(host: string, field: string, example: string): Fault {
  return new Fault('invalid', `The host "${host}" has no "${field}".`, {
    remedy: `Set it, ${example}: vmbridge host add ${host} …`,
    data: { field },
  });
}
