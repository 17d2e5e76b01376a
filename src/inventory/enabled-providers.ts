import summary from '../catalog/summary.json' with { type: 'json' };

export interface ProviderSummary {
  readonly id: string;
  readonly title: string;
  readonly tools: readonly string[];
  readonly without: Readonly<Record<string, readonly string[] | undefined>>;
}

type Settings = Readonly<Record<string, { readonly enabled?: unknown } | undefined>>;

/** Providers that this platform can have and that the configuration leaves or switches on; whether they work is found out later. */
export function enabledProviders(
  settings: Settings = {},
  platform: NodeJS.Platform = process.platform,
): readonly ProviderSummary[] {
  return summary.providers.filter(
    provider =>
      (provider.platforms as string[]).includes(platform) &&
      (settings[provider.id]?.enabled ?? provider.enabledByDefault) === true,
  );
}
