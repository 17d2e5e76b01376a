import { cancelledFault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { ProviderReport } from '../model/provider.ts';
import type { BridgeServices } from './bridge-services.ts';

/** Every enabled provider with its checks, side by side. */
export async function listProviders(
  { providers }: BridgeServices,
  call: CallContext,
): Promise<{ providers: ProviderReport[] }> {
  const reports = await Promise.all(
    providers.enabled.map(async ({ id, title, tools, without }): Promise<ProviderReport> => {
      const checks = await providers.probe(id);
      const refused: [string, string[]][] = Object.entries(without).map(([tool, fields]) => [
        tool,
        [...(fields ?? [])],
      ]);
      return {
        id,
        title,
        available: checks.every(check => check.passed),
        checks,
        tools: [...tools],
        without: Object.fromEntries(refused),
      };
    }),
  );
  if (call.signal.aborted) throw cancelledFault(call.signal, 'Listing the providers');
  return { providers: reports };
}
