import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProviderRegistry } from '../../../src/inventory/provider-registry.ts';
import type { CallContext } from '../../../src/model/call.ts';
import type { Machine } from '../../../src/model/machine.ts';

/** Answers of one place, by tool; a function may throw or wait. */
export interface PlaceAnswers {
  readonly list: (call: CallContext) => readonly Machine[] | Promise<readonly Machine[]>;
  readonly operations?: Readonly<Record<string, (input: unknown, call: CallContext) => unknown>>;
}

export interface FakeRegistry extends AsyncDisposable {
  readonly registry: ProviderRegistry;
  /** Where it keeps what it remembers. */
  readonly cache: string;
  close(): Promise<void>;
}

interface Settings {
  readonly deadlineMilliseconds?: number;
  readonly cache?: string;
  readonly allows?: (machine: { id: string }) => boolean;
}

/** Providers and hosts of one's own, by `provider:host`, behind the part of a registry that the inventory uses. */
export function fakeRegistry(places: Readonly<Record<string, PlaceAnswers>>, settings: Settings = {}): FakeRegistry {
  const cache = settings.cache ?? mkdtempSync(path.join(tmpdir(), 'vmb-inventory-'));
  const providers = [...new Set(Object.keys(places).map(name => name.split(':')[0] ?? ''))];
  const last: (() => Promise<unknown>)[] = [];
  const registry = {
    enabled: providers.map(id => ({ id })),
    paths: { cache, state: cache },
    deadlineMilliseconds: settings.deadlineMilliseconds,
    beforeClose: (work: () => Promise<unknown>) => last.push(work),
    find: (id: string) => ({ id }),
    providerOf: (host: string) => host,
    hosts: (id: string) => Object.keys(places).flatMap(name => (name.startsWith(`${id}:`) ? [name.split(':')[1]] : [])),
    allowsMachine: settings.allows ?? (() => true),
    requireAvailable: async () => {},
    session: async (id: string, host: string) => places[`${id}:${host}`],
    load: async () => ({
      operations: {
        'vm.list': async (
          answers: PlaceAnswers,
          { limit, offset }: { limit: number; offset: number },
          call: CallContext,
        ) => {
          const machines = await answers.list(call);
          return { machines: machines.slice(offset, offset + limit), total: machines.length, missing: [] };
        },
        ...Object.fromEntries(
          Object.values(places).flatMap(({ operations = {} }) =>
            Object.keys(operations).map(tool => [
              tool,
              (answers: PlaceAnswers, input: unknown, call: CallContext) => answers.operations?.[tool]?.(input, call),
            ]),
          ),
        ),
      },
    }),
  };
  const close = async () => void (await Promise.all(last.map(work => work())));
  return {
    registry: registry as unknown as ProviderRegistry,
    cache,
    close,
    async [Symbol.asyncDispose]() {
      // What is written later would make the folder again.
      await close();
      if (settings.cache === undefined) rmSync(cache, { recursive: true, force: true });
    },
  };
}

export function machineAt(place: string, name: string, rest: Partial<Machine> = {}): Machine {
  const [provider = '', host = ''] = place.split(':');
  return { id: `${place}/${name}`, provider, host, name, kind: 'vm', state: 'stopped', nativeState: 'off', ...rest };
}

export function callOf(signal: AbortSignal = new AbortController().signal): CallContext {
  return { signal, door: 'cli', progress() {} };
}
