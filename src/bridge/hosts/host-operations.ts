import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { HostSettings } from '../../model/host.ts';
import type { PlanStep } from '../../model/plan.ts';
import type { BridgeServices } from '../bridge-services.ts';
import { withValueAt } from '../configuration/dotted-key.ts';
import { type Edit, editConfiguration, tryEdit } from '../configuration/edit.ts';
import { examineHost, requireRemote } from './examine-host.ts';
import { testFault, withoutFault } from './host-fault.ts';
import { requireHost } from './require-host.ts';

export function hostList({ hosts }: BridgeServices): ToolOutput<'host.list'> {
  return { hosts: Object.entries(hosts.hosts()).map(([name, settings]) => ({ name, ...settings })) };
}

export async function hostTest(
  services: BridgeServices,
  input: ToolInput<'host.test'>,
  { signal }: CallContext,
): Promise<ToolOutput<'host.test'>> {
  const host = requireHost(services, input.host);
  const checks = await examineHost(services, host, signal);
  return { host: host.name, passed: checks.every(({ passed }) => passed), checks: checks.map(withoutFault) };
}

export async function hostAdd(
  services: BridgeServices,
  input: ToolInput<'host.add'>,
  { signal, progress }: CallContext,
): Promise<ToolOutput<'host.add'>> {
  const { name, settings, edit } = await prepareAddition(services, input);
  const { configuration } = services.paths;
  // Before anybody is asked for trust in a host that could not be written down.
  await tryEdit(configuration, edit);
  if (!input.skipTest) progress({ message: `asking ${settings.addresses[0]}` });
  const checks = input.skipTest ? [] : await examineHost(services, { name, ...settings }, signal);
  const failed = checks.find(({ passed }) => !passed);
  if (failed !== undefined) throw testFault(name, failed, checks);
  await editConfiguration(configuration, signal, edit);
  services.hosts.forget();
  return { host: { name, ...settings }, checks: checks.map(withoutFault) };
}

export async function planHostAdd(services: BridgeServices, input: ToolInput<'host.add'>): Promise<PlanStep[]> {
  const { name, settings, edit } = await prepareAddition(services, input);
  const { configuration: file } = services.paths;
  await tryEdit(file, edit);
  return [
    ...(input.skipTest ? [] : [{ summary: `Sign in at ${settings.addresses[0]} and see what the account may do.` }]),
    { summary: `Write the host "${name}" into the configuration.`, file: { action: 'write', path: file } },
  ];
}

export async function hostRemove(
  services: BridgeServices,
  input: ToolInput<'host.remove'>,
  { signal }: CallContext,
): Promise<ToolOutput<'host.remove'>> {
  const removed = requireHost(services, input.host);
  await editConfiguration(services.paths.configuration, signal, raw => {
    requireHost(services, input.host);
    return withValueAt(raw, ['hosts', removed.name], undefined);
  });
  services.hosts.forget();
  const { credential, totp, clientKeyPassword } = removed;
  const kept = (await services.credentials.list().catch(() => [])).filter(
    each => each.usedBy.length === 0 && [credential, totp, clientKeyPassword].includes(each.name),
  );
  return { removed, unused: kept.map(each => each.name) };
}

export function planHostRemove(services: BridgeServices, input: ToolInput<'host.remove'>): PlanStep[] {
  const { name } = requireHost(services, input.host);
  const { configuration: path } = services.paths;
  return [{ summary: `Take the host "${name}" out of the configuration.`, file: { action: 'write', path } }];
}

/** What is to be written, checked as far as that goes without the host. */
async function prepareAddition(services: BridgeServices, input: ToolInput<'host.add'>) {
  const { name, replace, skipTest: _, ...settings } = input;
  const provider = await requireRemote(services.providers, settings.provider);
  provider.checkHost?.({ name, ...settings });
  return { name, settings, edit: additionOf(name, settings, replace) };
}

function additionOf(name: string, settings: HostSettings, replace: boolean): Edit {
  return raw => {
    const { hosts } = raw as { hosts?: Readonly<Record<string, unknown>> };
    if (!replace && hosts !== undefined && Object.hasOwn(hosts, name)) {
      throw new Fault('conflict', `There is a host "${name}" already.`, {
        remedy: 'Use another name, or --replace to write over it.',
        data: { field: 'name' },
      });
    }
    return withValueAt(raw, ['hosts', name], settings);
  };
}
