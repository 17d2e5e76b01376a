import { expect } from 'vitest';
import { Fault } from '../../../../../src/errors/fault.ts';
import type { HostSettings } from '../../../../../src/model/host.ts';
import { ProxmoxClient } from '../../../../../src/providers/proxmox/client/client.ts';
import type { Timing } from '../../../../../src/providers/proxmox/client/timing.ts';
import { caFile } from './node-server.ts';

export const tokenSecret = '11111111-2222-4333-8444-555555555555';

/** Quick enough for tests, in the order of the real one. */
export const quick: Partial<Timing> = { pauses: [10, 20], look: 10, longestLook: 40, lostTask: 400, stopTask: 1000 };

export interface ClientOptions {
  readonly settings?: Partial<HostSettings>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly timing?: Partial<Timing>;
}

/** A client of the host "lab" with a token, unless the settings say something else. */
export function openClient(addresses: readonly string[], options: ClientOptions = {}): ProxmoxClient & AsyncDisposable {
  const secrets: Record<string, string> = { token: tokenSecret, ...options.secrets };
  const client = new ProxmoxClient({
    host: {
      name: 'lab',
      provider: 'proxmox',
      addresses: [...addresses],
      user: 'ci@pve',
      tokenId: 'vmbridge',
      credential: 'token',
      caFile: caFile(),
      timeoutSeconds: 2,
      ...options.settings,
    },
    readSecret: async name => secrets[name] ?? Promise.reject(new Fault('not_found', `No secret ${name}.`)),
    timing: { ...quick, ...options.timing },
  });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** Settings for an account with a password instead. */
export const byPassword: Partial<HostSettings> = { tokenId: undefined, user: 'root@pam', credential: 'password' };

export const unaborted = new AbortController().signal;

/** The Fault that a promise ends with. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    value => new Error(`No fault, but ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Fault);
  return error as Fault;
}
