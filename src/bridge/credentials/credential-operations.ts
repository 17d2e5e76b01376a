import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { keyringTitle } from '../../host/secret-store/keyring-store.ts';
import type { CallContext } from '../../model/call.ts';
import type { CredentialStore } from '../../model/credential.ts';
import type { PlanStep } from '../../model/plan.ts';
import type { BridgeServices } from '../bridge-services.ts';

export async function credentialSet(
  { credentials }: BridgeServices,
  { name, secret }: ToolInput<'credential.set'>,
  { signal }: CallContext,
): Promise<ToolOutput<'credential.set'>> {
  const credential = await credentials.set(name, secret, signal);
  return { credential, detail: `Sealed in ${credentials.file}; ${describeKey(credential.store)}` };
}

export async function planCredentialSet(
  { credentials }: BridgeServices,
  { name }: ToolInput<'credential.set'>,
): Promise<PlanStep[]> {
  const all = await credentials.list();
  const action = all.length === 0 ? 'create' : 'write';
  const verb = all.some(kept => kept.name === name) ? 'Replace' : 'Keep';
  return [{ summary: `${verb} the secret "${name}".`, file: { action, path: credentials.file } }];
}

export async function credentialList({ credentials }: BridgeServices): Promise<ToolOutput<'credential.list'>> {
  return { credentials: await credentials.list(), missing: await credentials.missing() };
}

export async function credentialRemove(
  services: BridgeServices,
  input: ToolInput<'credential.remove'>,
  { signal }: CallContext,
): Promise<ToolOutput<'credential.remove'>> {
  await requireRemovable(services, input);
  await services.credentials.remove(input.name, signal);
  return { removed: input.name };
}

export async function planCredentialRemove(
  services: BridgeServices,
  input: ToolInput<'credential.remove'>,
): Promise<PlanStep[]> {
  await requireRemovable(services, input);
  const { file: path } = services.credentials;
  return [{ summary: `Forget the secret "${input.name}".`, file: { action: 'write', path } }];
}

async function requireRemovable(
  { credentials }: BridgeServices,
  { name, evenIfUsed }: ToolInput<'credential.remove'>,
): Promise<void> {
  const { usedBy } = await credentials.require(name);
  if (usedBy.length === 0 || evenIfUsed) return;
  throw new Fault('conflict', `The secret "${name}" is used by ${usedBy.join(', ')}.`, {
    remedy: 'Remove these hosts first, or forget it all the same: --force (evenIfUsed).',
    data: { field: 'name', hosts: usedBy },
  });
}

function describeKey(store: CredentialStore): string {
  switch (store) {
    case 'passphrase':
      return 'a passphrase opens it, which no store of this system keeps.';
    case 'keyring':
      return `its key is kept by: ${keyringTitle()}.`;
    case 'dpapi':
      return 'its key is kept by the data protection of Windows for this user.';
    case 'keychain':
      return 'its key is kept by the keychain of macOS.';
    case 'secret-service':
      return 'its key is kept by the Secret Service of this session.';
  }
}
