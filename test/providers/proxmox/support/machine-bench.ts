import { expect } from 'vitest';
import { tools } from '../../../../src/catalog/tools.ts';
import type { ToolId, ToolInput, ToolOutput } from '../../../../src/catalog/types.ts';
import type { Log } from '../../../../src/host/log.ts';
import { findPaths } from '../../../../src/host/paths.ts';
import type { CallContext } from '../../../../src/model/call.ts';
import type { HostSettings } from '../../../../src/model/host.ts';
import type { PlanStep } from '../../../../src/model/plan.ts';
import type { DetailedOperation, Operation } from '../../../../src/providers/define-provider.ts';
import proxmox from '../../../../src/providers/proxmox/index.ts';
import type { ProxmoxSession } from '../../../../src/providers/proxmox/session.ts';
import {
  type Call,
  type ContractServer,
  type ContractServerOptions,
  startContractServer,
} from '../../../support/proxmox/contract-server.ts';

const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {}, file: '', close: async () => {} };

export interface MachineBench extends AsyncDisposable {
  readonly server: ContractServer;
  readonly session: ProxmoxSession;
  /** Through the provider's table, with the defaults of the declaration; the output is held against it. */
  run<Id extends ToolId>(id: Id, input: InputOf<Id>, call?: Partial<CallContext>): Promise<ToolOutput<Id>>;
  plan<Id extends ToolId>(id: Id, input: InputOf<Id>): Promise<PlanStep[]>;
  /** The requests since the last call of `forget` that were to change something, as a plan tells them. */
  sent(): Sent[];
  forget(): void;
}

type InputOf<Id extends ToolId> = Partial<ToolInput<Id>>;

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

export async function openMachineBench(
  options: ContractServerOptions = {},
  settings: Partial<HostSettings> = {},
): Promise<MachineBench> {
  const server = await startContractServer({ taskMilliseconds: 10, ...options });
  const session = await openSessionAt(server, settings);
  let from = 0;
  return {
    server,
    session,
    run: (id, input, call) => runTool(session, id, input, call),
    plan: async (id, input) => {
      const slot = proxmox.operations[id] as DetailedOperation<ProxmoxSession, typeof id>;
      if (slot.plan === undefined) throw new Error(`${id} has no plan`);
      return slot.plan(session, tools[id].input.parse(input) as ToolInput<typeof id>, callOf());
    },
    sent: () => server.calls.slice(from).filter(isChange).map(describeCall),
    forget: () => {
      from = server.calls.length;
    },
    [Symbol.asyncDispose]: async () => {
      await proxmox.close(session);
      await server.close();
    },
  };
}

export async function openSessionAt(
  server: ContractServer,
  settings: Partial<HostSettings> = {},
): Promise<ProxmoxSession> {
  const { user, tokenId, secret } = server.rootToken;
  const session = await proxmox.open({
    paths: findPaths({ VMBRIDGE_HOME: '/nowhere' }),
    log: silentLog,
    version: '0.0.0',
    settings: {},
    engine: {},
    allowsMachine: () => true,
    host: {
      name: 'lab',
      provider: 'proxmox',
      addresses: server.addresses,
      caFile: server.caFile,
      user,
      tokenId,
      credential: 'lab',
      ...settings,
    },
    hosts: ['lab'],
    readSecret: async () =>
      settings.tokenId === undefined && settings.user !== undefined ? server.rootPassword : secret,
  });
  // Tasks take some milliseconds here, and what is repeated has not to be waited for.
  Object.assign(session.client.timing, { look: 10, longestLook: 50, pauses: [20, 50], rest: 200, lostTask: 400 });
  return session;
}

async function runTool<Id extends ToolId>(
  session: ProxmoxSession,
  id: Id,
  input: InputOf<Id>,
  call: Partial<CallContext> = {},
): Promise<ToolOutput<Id>> {
  const slot = proxmox.operations[id] as
    | Operation<ProxmoxSession, Id>
    | DetailedOperation<ProxmoxSession, Id>
    | undefined;
  if (slot === undefined) throw new Error(`${id} has no slot`);
  const perform = typeof slot === 'function' ? slot : slot.run;
  const output = await perform(session, tools[id].input.parse(input) as ToolInput<Id>, callOf(call));
  return tools[id].output.parse(output) as ToolOutput<Id>;
}

function callOf(call: Partial<CallContext> = {}): CallContext {
  return { signal: new AbortController().signal, door: 'cli', progress() {}, ...call };
}

function isChange({ method, template }: Call): boolean {
  return method !== 'GET' && !template.startsWith('/access/') && !template.endsWith('/agent/ping');
}

function describeCall({ method, template, params }: Call): Sent {
  return { method, path: template, params: wordsOf(params) };
}

/** What a plan tells, in the same words as what was sent. */
export function toldBy(steps: readonly PlanStep[]): Sent[] {
  return steps.flatMap(({ request }) => {
    if (request === undefined) return [];
    const { method, path, params } = request.body as { method: string; path: string; params: Record<string, unknown> };
    const { type, ...others } = params;
    const isInPath = path.includes('{type}');
    return [
      {
        method,
        path: isInPath ? path.replace('{type}', String(type)) : path,
        params: wordsOf(isInPath ? others : params),
      },
    ];
  });
}

function wordsOf(params: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value === true ? '1' : value === false ? '0' : String(value)])
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );
}

function hideSecrets(sent: Sent, told: Sent | undefined): Sent {
  const params = Object.entries(sent.params).map(([name, value]) => [
    name,
    told?.params[name] === '<secret>' && value !== '<secret>' ? '<secret>' : value,
  ]);
  return { ...sent, params: Object.fromEntries(params) };
}

/** Expects that the plan tells what the run then sends, in that order, and that the planning itself changes nothing. */
export async function expectPlanned<Id extends ToolId>(
  bench: MachineBench,
  id: Id,
  input: InputOf<Id>,
): Promise<ToolOutput<Id>> {
  bench.forget();
  const told = toldBy(await bench.plan(id, input));
  expect(bench.sent()).toEqual([]);
  const output = await bench.run(id, input);
  expect(bench.sent().map((sent, index) => hideSecrets(sent, told[index]))).toEqual(told);
  return output;
}
