import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ToolId, ToolInput, ToolOutput } from '../../../../src/catalog/types.ts';
import type { Log } from '../../../../src/host/log.ts';
import { findPaths } from '../../../../src/host/paths.ts';
import type { CallContext, Progress } from '../../../../src/model/call.ts';
import type { Operation } from '../../../../src/providers/define-provider.ts';
import type { Environment } from '../../../../src/providers/environment.ts';
import memory from '../../../../src/providers/memory/index.ts';
import type { MemorySession } from '../../../../src/providers/memory/session.ts';

export const silentLog: Log = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  file: '',
  close: async () => {},
};

export function environmentOf(settings: Record<string, unknown>, home = '/nowhere'): Environment {
  const paths = findPaths({ VMBRIDGE_HOME: home });
  return {
    paths,
    log: silentLog,
    settings,
    engine: {},
    version: '0.0.0',
    allowsMachine: () => true,
    host: undefined,
    hosts: [],
    readSecret: async () => '',
  };
}

export interface Pretend {
  readonly session: MemorySession;
  run<Id extends ToolId>(id: Id, input: Partial<ToolInput<Id>>, call?: Partial<CallContext>): Promise<ToolOutput<Id>>;
  /** State and own word for it, e.g. "running/running". */
  stateOf(vm: string): Promise<string>;
}

/** The provider as the dispatcher sees it, fast unless the settings say otherwise. */
export async function openPretend(settings: Record<string, unknown> = {}, home?: string): Promise<Pretend> {
  const session = await memory.open(environmentOf({ speed: 200, ...settings }, home));
  const pretend: Pretend = {
    session,
    async run<Id extends ToolId>(id: Id, input: Partial<ToolInput<Id>>, call: Partial<CallContext> = {}) {
      const slot = memory.operations[id] as
        | Operation<MemorySession, Id>
        | { run: Operation<MemorySession, Id> }
        | undefined;
      if (slot === undefined) throw new Error(`no slot ${id}`);
      const { tools } = await import('../../../../src/catalog/tools.ts');
      const context: CallContext = { signal: new AbortController().signal, door: 'cli', progress() {}, ...call };
      const perform = 'run' in slot ? slot.run : slot;
      const output = await perform(session, tools[id].input.parse(input) as ToolInput<Id>, context);
      return tools[id].output.parse(output) as ToolOutput<Id>;
    },
    async stateOf(vm) {
      const { machine } = await pretend.run('vm.get', { vm });
      return `${machine.state}/${machine.nativeState}`;
    },
  };
  return pretend;
}

export function recordProgress(): { updates: Progress[]; progress: (update: Progress) => void } {
  const updates: Progress[] = [];
  return { updates, progress: update => updates.push(update) };
}

export function makeFolder(): { path: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-memory-'));
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
