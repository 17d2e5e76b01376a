/**
 * Numbers of the programs that were started in folders of ours, by folder, where the kernel tells. It is handed to Node as
 * text, so it may use nothing from outside itself.
 */
export function findMarked(mark: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  if (process.platform !== 'linux') return found;
  const { readdirSync, readFileSync } = process.getBuiltinModule('node:fs');
  for (const name of readdirSync('/proc')) {
    try {
      if (!/^\d+$/.test(name)) continue;
      const entries = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      const folder = entries.find(entry => entry.startsWith(`${mark}=`))?.slice(mark.length + 1);
      if (folder !== undefined) found.set(folder, [...(found.get(folder) ?? []), Number(name)]);
    } catch {
      // It has ended, or it is another user's.
    }
  }
  return found;
}
