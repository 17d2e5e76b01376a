import summary from '../../src/catalog/summary.json' with { type: 'json' };

/** `providers` of a configuration that switches each one off, so that a new provider changes no test of others. */
export const noProviders: Readonly<Record<string, { enabled: false }>> = Object.fromEntries(
  summary.providers.map(({ id }) => [id, { enabled: false }]),
);
