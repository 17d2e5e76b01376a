import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { suggestWords } from '../../errors/near-words.ts';
import type { CallContext } from '../../model/call.ts';
import type { ConfigurationEntry } from '../../model/configuration.ts';
import type { PlanStep } from '../../model/plan.ts';
import type { BridgeServices } from '../bridge-services.ts';
import { isObject, splitKey, valueAt, withValueAt } from './dotted-key.ts';
import { type Edit, editConfiguration, tryEdit } from './edit.ts';
import { listDefaults, listKnownKeys } from './known-keys.ts';
import { readConfiguration } from './read.ts';

export function configGet({ paths }: BridgeServices, { key }: ToolInput<'config.get'>): ToolOutput<'config.get'> {
  const file = paths.configuration;
  const all = listEntries(file);
  if (key === undefined) return { file, entries: all };
  const entries = entriesOf(file, key, all);
  if (entries.length > 0 || listKnownKeys().includes(key)) return { file, entries };
  throw new Fault('not_found', `The configuration has no key "${key.slice(0, 100)}".`, {
    remedy: `${suggestWords(key, [...new Set([...listKnownKeys(), ...all.map(entry => entry.key)])])}See: vmbridge config get`,
    data: { field: 'key' },
  });
}

export async function configSet(
  { paths, hosts }: BridgeServices,
  input: ToolInput<'config.set'>,
  { signal }: CallContext,
): Promise<ToolOutput<'config.set'>> {
  const file = paths.configuration;
  const edit = toEdit(input);
  let before: unknown;
  await editConfiguration(file, signal, raw => {
    before = valueAt(raw, splitKey(input.key));
    return edit(raw);
  });
  hosts.forget();
  return {
    file,
    entries: entriesOf(file, input.key, listEntries(file)),
    ...(before === undefined ? {} : { before }),
    wasUnset: before === undefined,
    restart: restartedBy(input.key),
  };
}

export async function planConfigSet({ paths }: BridgeServices, input: ToolInput<'config.set'>): Promise<PlanStep[]> {
  const path = paths.configuration;
  await tryEdit(path, toEdit(input));
  const action = readConfiguration(path) === undefined ? 'create' : 'write';
  const summary = input.unset
    ? `Take "${input.key}" out of the configuration.`
    : `Set "${input.key}" of the configuration to ${JSON.stringify(input.value)}.`;
  return [{ summary, file: { action, path } }];
}

function toEdit({ key, value, unset }: ToolInput<'config.set'>): Edit {
  const words = splitKey(key);
  if (unset === (value !== undefined)) {
    throw new Fault('invalid', 'Either "value" or "unset" says what becomes of the key.', {
      remedy: 'Give one of the two.',
      data: { field: 'value' },
    });
  }
  return raw => withValueAt(raw, words, unset ? undefined : value);
}

/** Every value of the file that is no object, and the defaults of the others. */
function listEntries(file: string): ConfigurationEntry[] {
  const raw = readConfiguration(file)?.raw ?? {};
  const written = flatten(raw, []);
  const known = new Set(written.map(({ key }) => key));
  const others = Object.entries(listDefaults())
    .filter(([key]) => !known.has(key))
    .map(([key, value]): ConfigurationEntry => ({ key, value, source: 'default' }));
  return [...written, ...others].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The entry of a key, those below it, or the part of a list's entry that the key names. */
function entriesOf(file: string, key: string, all: readonly ConfigurationEntry[]): ConfigurationEntry[] {
  const found = all.filter(entry => entry.key === key || entry.key.startsWith(`${key}.`));
  if (found.length > 0) return found;
  const value = valueAt(readConfiguration(file)?.raw, splitKey(key));
  return value === undefined ? [] : [{ key, value, source: 'file' }];
}

function flatten(value: unknown, path: readonly string[]): ConfigurationEntry[] {
  if (isObject(value)) return Object.entries(value).flatMap(([word, below]) => flatten(below, [...path, word]));
  return [{ key: path.join('.'), value, source: 'file' }];
}

/** Hosts are looked up anew by whatever runs; the rest is read once, at the start. */
function restartedBy(key: string): string[] {
  return splitKey(key)[0] === 'hosts'
    ? []
    : ['servers that run already (vmbridge serve, vmbridge rpc, PowerShell sessions)'];
}
