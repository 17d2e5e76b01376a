import summary from '../catalog/summary.json' with { type: 'json' };

export interface ProviderSummary {
  readonly id: string;
  readonly title: string;
  /** True when it has a session for each configured host that names it. */
  readonly remote: boolean;
  readonly tools: readonly string[];
  readonly without: Readonly<Record<string, readonly string[] | undefined>>;
}

interface Entry extends Omit<ProviderSummary, 'remote'> {
  readonly platforms: readonly string[];
  readonly enabledByDefault: boolean;
  readonly remote?: boolean;
}

type Settings = Readonly<Record<string, { readonly enabled?: unknown } | undefined>>;

const entries: readonly Entry[] = summary.providers;

/** Providers that this platform can have and that the configuration leaves or switches on; whether they work is found out later. */
export function enabledProviders(
  settings: Settings = {},
  platform: NodeJS.Platform = process.platform,
): readonly ProviderSummary[] {
  return entries
    .filter(
      ({ id, platforms, enabledByDefault }) =>
        platforms.includes(platform) && (settings[id]?.enabled ?? enabledByDefault) === true,
    )
    .map(({ id, title, remote = false, tools, without }) => ({ id, title, remote, tools, without }));
}
