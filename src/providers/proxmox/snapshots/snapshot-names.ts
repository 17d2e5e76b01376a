// "unable to use snapshot name 'current' (reserved name)": what stands for other things in a configuration.
const reserved: ReadonlySet<string> = new Set(['current', 'pending', 'vzdump', 'cloudinit', 'special']);
const longest = 40;
/** Room for a number that tells two of one name apart. */
const longestBase = longest - 4;

/** Whether the server takes it as it is. */
export function isSnapshotName(name: string): boolean {
  return name.length <= longest && /^[A-Za-z][\w-]+$/.test(name) && !reserved.has(name.toLowerCase());
}

/** The id that a checkpoint of that name gets first: the name itself where the server takes it, else what can be kept of it. */
export function baseOf(name: string): string {
  if (isSnapshotName(name)) return name;
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[-_]+$/g, '')
    .slice(0, longestBase)
    .replace(/[-_]+$/, '');
  if (isSnapshotName(plain)) return plain;
  return `checkpoint-${plain}`.slice(0, longestBase).replace(/[-_]+$/, '');
}

/** An id that no other snapshot of the machine has. */
export function chooseSnapshotName(name: string, taken: readonly string[]): string {
  const base = baseOf(name);
  // Some storages do not tell letter case apart.
  const used = new Set(taken.map(other => other.toLowerCase()));
  if (!used.has(base.toLowerCase())) return base;
  for (let number = 2; ; number += 1) {
    const numbered = `${base.slice(0, longestBase)}-${number}`;
    if (!used.has(numbered.toLowerCase())) return numbered;
  }
}

/** What is kept beside the id, so that the name comes back; nothing where the id is the name. */
export function describeSnapshot(name: string, id: string): string | undefined {
  return id === name ? undefined : name;
}

/** The name that an id and its description mean: the first line, where such a name gives such an id; else the id. */
export function nameOfSnapshot(id: string, description: string | undefined): string {
  const [line = ''] = (description ?? '').split('\n');
  if (line === '' || [...line].length > 80 || /\p{Cc}/u.test(line)) return id;
  const base = baseOf(line);
  if (id === base) return line;
  const [, stem] = /^(.*)-\d+$/.exec(id) ?? [];
  return stem !== undefined && stem === base.slice(0, longestBase) ? line : id;
}
