import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { reportFault } from '../../../src/bridge/operations/report-fault.ts';
import { tools } from '../../../src/catalog/tools.ts';
import { Fault } from '../../../src/errors/fault.ts';
import type { FaultReport } from '../../../src/model/fault-report.ts';
import type { Tool } from '../../../src/tools/define-tool.ts';
import { type Answer, openBridgeAt } from '../../rpc/support/test-bridge.ts';
import { bundleForTests } from '../../support/mcp-bundle.ts';
import { noProviders } from '../../support/no-providers.ts';
import { CannotArrange, type FaultBench, type FaultCase, type FaultPlace } from './fault-case.ts';

/** A call that ended in a Fault, as a client sees it. */
export class ReportedFault extends Error {
  readonly report: FaultReport;

  constructor(report: FaultReport) {
    super(report.message);
    this.report = report;
  }
}

export interface OpenServer extends AsyncDisposable {
  call: FaultBench['call'];
}

/** A server with QEMU alone, unless the case configures others, at the home of the place. */
export async function openServer({ configure, door, wrap }: FaultCase, place: FaultPlace): Promise<OpenServer> {
  const { engine, providers, ...rest } = (configure?.(place) ?? {}) as Record<string, object>;
  const configuration = {
    // Whether a person was asked is not the point here; what destroys is asked about anyway.
    approvals: { ask: ['destroy'] },
    ...rest,
    engine: { accelerator: 'tcg', ...engine },
    providers: { ...noProviders, qemu: { enabled: true }, ...providers },
  };
  writeFileSync(path.join(place.home, 'config.json'), JSON.stringify(configuration));
  // Root passes by the rights of files as long as it has capabilities.
  const reduced = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'] : [];
  if (wrap !== undefined) {
    const [command = '', ...words] = wrap;
    // Not everywhere may root have a view of the files of its own, e.g. where the root folder is no mount.
    if (spawnSync(command, [...words, 'true']).status !== 0) throw new CannotArrange(`${command} does not work here`);
    return openOverMcp(place, wrap);
  }
  if (door === 'reduced') return openOverMcp(place, reduced);
  return door === 'mcp' ? openOverMcp(place, []) : openInProcess(place);
}

async function openInProcess({ home }: FaultPlace): Promise<OpenServer> {
  const bridge = await openBridgeAt(home, { stderrLevel: 'silent' });
  const call: FaultBench['call'] = async (id, input, signal = new AbortController().signal) => {
    const answer: Answer = await bridge
      // What destroys something is asked for by a person.
      .call(id, complete(id, input), { door: toolOf(id)?.effect === 'destroy' ? 'cli' : 'jsonrpc', signal })
      .catch((error: unknown) => {
        throw error instanceof Fault ? new ReportedFault(reportFault(error)) : error;
      });
    return isLong(id) ? answer.result : answer;
  };
  return { call, [Symbol.asyncDispose]: () => bridge.close() };
}

async function openOverMcp({ home }: FaultPlace, wrap: readonly string[]): Promise<OpenServer> {
  const [command = '', ...args] = [...wrap, process.execPath, await bundleForTests(), 'serve'];
  const env = { ...(process.env as Record<string, string>), VMBRIDGE_HOME: home };
  const transport = new StdioClientTransport({ command, args, env, stderr: 'pipe' });
  transport.stderr?.on('data', () => {});
  const client = new Client({ name: 'faults', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(transport);
  const call: FaultBench['call'] = async (id, input, signal) => {
    const options = { timeout: 300_000, ...(signal && { signal }) };
    const params = { name: id.replaceAll('.', '_'), arguments: { ...complete(id, input) } };
    const { isError, structuredContent } = (await client.callTool(params, options)) as Answer;
    if (isError) throw new ReportedFault(structuredContent.error);
    return isLong(id) ? structuredContent.result : structuredContent;
  };
  return {
    call,
    async [Symbol.asyncDispose]() {
      const { pid } = transport;
      await client.close();
      for (let rest = 50; pid !== null && isAlive(pid) && rest > 0; rest -= 1) await delay(100);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function toolOf(id: string): Tool | undefined {
  return (tools as Readonly<Record<string, Tool>>)[id];
}

function isLong(id: string): boolean {
  return toolOf(id)?.long === true;
}

/** Long work is waited for to its end. */
function complete(id: string, input: object): object {
  return isLong(id) ? { wait: 300, ...input } : input;
}
