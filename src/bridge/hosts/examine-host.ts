import { Fault } from '../../errors/fault.ts';
import type { ConfiguredHost } from '../../model/host.ts';
import type { HostCheck, Provider } from '../../providers/define-provider.ts';
import type { BridgeServices } from '../bridge-services.ts';
import { asHostCheck } from './host-fault.ts';

/** How long all steps may take together, in milliseconds. */
const patienceMilliseconds = 45_000;

/** The checks of a host by its provider, up to the first that fails. Faults: `unsupported`, `not_found`, `cancelled`. */
export async function examineHost(
  { providers }: Pick<BridgeServices, 'providers'>,
  host: ConfiguredHost,
  signal: AbortSignal,
): Promise<HostCheck[]> {
  const provider = await requireRemote(providers, host.provider);
  if (provider.testHost === undefined) {
    throw new Fault('unsupported', `${provider.title} has no test of a host.`, {
      remedy: 'Add it untested: --skip-test (skipTest).',
      data: { provider: provider.id },
    });
  }
  const late = AbortSignal.timeout(patienceMilliseconds);
  try {
    return await provider.testHost(providers.environmentOf(provider.id, host), AbortSignal.any([signal, late]));
  } catch (error) {
    if (signal.aborted) throw error;
    if (late.aborted)
      return [{ name: 'time', passed: false, reason: `No end within ${patienceMilliseconds / 1000} s.` }];
    return [asHostCheck('test', error)];
  }
}

/** The provider of that id, when it has hosts at all. Faults: `not_found`, `invalid`. */
export async function requireRemote(providers: BridgeServices['providers'], id: string): Promise<Provider<unknown>> {
  const provider = await providers.load(id);
  if (provider.remote) return provider;
  const candidates = providers.enabled.filter(({ remote }) => remote).map(each => each.id);
  throw new Fault('invalid', `${provider.title} is on this machine, and has no other hosts.`, {
    remedy: candidates.length > 0 ? `Use one of: ${candidates.join(', ')}.` : 'No provider that is enabled has hosts.',
    data: { field: 'provider', candidates },
  });
}
