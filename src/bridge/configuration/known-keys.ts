import summary from '../../catalog/summary.json' with { type: 'json' };

/** Keys with what holds where the file does not say; null: nothing, or what vmbridge finds by itself. */
const defaults: Readonly<Record<string, unknown>> = {
  readOnly: false,
  groups: null,
  machines: null,
  'log.level': 'info',
  'log.stderr': 'warn',
  'engine.system': null,
  'engine.img': null,
  'engine.firmwareFolders': [],
  'engine.accelerator': 'auto',
  'engine.downloadUrl': null,
  'engine.driversUrl': null,
  'approvals.ask': ['change'],
  'approvals.minutes': 10,
  'inventory.deadlineSeconds': 5,
  'inventory.watchSeconds': 5,
};

/** Keys that may stand in the file and are no part of another's name, each with its default. */
export function listDefaults(): Readonly<Record<string, unknown>> {
  const enabled = summary.providers.map(({ id, enabledByDefault }) => [`providers.${id}.enabled`, enabledByDefault]);
  return { ...defaults, ...Object.fromEntries(enabled) };
}

/** The same with the keys that hold them. */
export function listKnownKeys(): string[] {
  const leaves = Object.keys(listDefaults());
  const parents = leaves.flatMap(key =>
    key
      .split('.')
      .map((_, index, words) => words.slice(0, index).join('.'))
      .filter(Boolean),
  );
  return [...new Set([...parents, ...leaves, 'hosts'])];
}
