import { runProgram } from '../run-program.ts';
import { getSystemProgram } from './system-program.ts';

/** One key of the registry of Windows. Names are compared without regard to case: ask with `findValue`. */
export interface RegistryKey {
  /** Numbers are those of REG_DWORD and REG_QWORD; of other types what reg.exe prints. */
  readonly values: ReadonlyMap<string, string | number>;
  /** Names of the keys right below. */
  readonly subkeys: readonly string[];
}

/** A key with its whole path, such as `HKEY_LOCAL_MACHINE\SOFTWARE\…`. */
export interface RegistryEntry {
  readonly path: string;
  readonly values: RegistryKey['values'];
}

export type ReadRegistryTree = (key: string, signal?: AbortSignal) => Promise<readonly RegistryEntry[]>;
export type ReadRegistryKey = (key: string, signal?: AbortSignal) => Promise<RegistryKey | undefined>;

/**
 * Reads a key such as `HKLM\SYSTEM\…`, as 64-bit programs see it; undefined when there is none or it may not be read. Text
 * beyond the code page of the console comes out as "?".
 */
export const readRegistryKey: ReadRegistryKey = async (key, signal) => {
  const options = { signal, timeoutMs: 10_000 };
  const { exitCode, stdout } = await runProgram(getSystemProgram('reg.exe'), ['query', key, '/reg:64'], options);
  return exitCode === 0 ? parseRegistryKey(stdout) : undefined;
};

/** The same for all keys below one, at any depth, each with its whole path. */
export const readRegistryTree: ReadRegistryTree = async (key, signal) => {
  const options = { signal, timeoutMs: 20_000 };
  const { exitCode, stdout } = await runProgram(getSystemProgram('reg.exe'), ['query', key, '/s', '/reg:64'], options);
  return exitCode === 0 ? parseEntries(stdout) : [];
};

/** Reads what `reg query` prints of a key. */
export function parseRegistryKey(output: string): RegistryKey {
  const [first, ...rest] = parseEntries(output);
  if (first === undefined) return { values: new Map(), subkeys: [] };
  // The key itself is named before its values, and not at all when it has none.
  const isItself = first.values.size > 0;
  const below = isItself ? rest : [first, ...rest];
  return {
    values: isItself ? first.values : new Map(),
    subkeys: below.map(({ path }) => path.slice(path.lastIndexOf('\\') + 1)),
  };
}

/**
 *     HKEY_LOCAL_MACHINE\SOFTWARE\Example
 *         (Default)    REG_SZ    some text
 *         Enabled    REG_DWORD    0x1
 *
 *     HKEY_LOCAL_MACHINE\SOFTWARE\Example\Below
 */
function parseEntries(output: string): RegistryEntry[] {
  const entries: { path: string; values: Map<string, string | number> }[] = [];
  for (const line of output.split(/\r?\n/)) {
    const found = /^ {4}(.*?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/.exec(line);
    if (found) entries.at(-1)?.values.set(...readValue(found));
    else if (/^HKEY_[A-Z_]+(\\|$)/.test(line)) entries.push({ path: line, values: new Map() });
  }
  return entries;
}

function readValue([, name = '', type, data = '']: RegExpExecArray): [string, string | number] {
  const number = type === 'REG_DWORD' || type === 'REG_QWORD' ? Number(data) : Number.NaN;
  return [name, Number.isSafeInteger(number) ? number : data];
}

/** A value by its name, however it is written. */
export function findValue(key: Pick<RegistryKey, 'values'> | undefined, name: string): string | number | undefined {
  const wanted = name.toLowerCase();
  return [...(key?.values ?? [])].find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}
