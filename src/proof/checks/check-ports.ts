import { setTimeout as wait } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { CheckResult } from '../../model/check.ts';
import { listListeners } from '../../qemu/agent/list-listeners.ts';
import { type NetworkRow, readNetworkRows } from '../../qemu/forwards.ts';
import { probeForward } from '../../qemu/probe-forward.ts';
import type { QmpClient } from '../../qemu/qmp/qmp-client.ts';
import type { CheckLimits, CheckRun, Finding } from './check-context.ts';
import { conductCheck } from './conduct-check.ts';
import type { AgentLine } from './guest/agent-line.ts';
import { closeForwards, openForwards } from './guest/port-forwards.ts';

const pauseMs = 500;
/** A try that ends sooner was refused; one that takes as long as it may was not answered at all. In milliseconds. */
const refusalMs = 1500;

/** 127.0.0.1, [::1], and the first of them written as the second. */
const ownAddress = /^127\.|^\[(?:0000:){7}0001\]$|^\[(?:0000:){5}ffff:7f/;

type ReadRows = () => Promise<NetworkRow[]>;

interface Ports {
  readonly guest: { readonly qmp: Pick<QmpClient, 'execute'> };
  readonly line: AgentLine;
  readonly limits: CheckLimits;
}

/** Whether programs in the guest take connections to its TCP ports; all are tried side by side. */
export async function checkPorts(asked: readonly number[], ports: Ports, context: CheckRun): Promise<CheckResult[]> {
  const { qmp } = ports.guest;
  const wanted = [...new Set(asked)];
  let rows: NetworkRow[] = [];
  let failure: unknown;
  try {
    rows = await openForwards(qmp, wanted, context.signal);
  } catch (error) {
    if (context.signal.aborted) throw cancelledFault(context.signal, 'Checking the ports');
    failure = error;
  }
  try {
    const { serviceSeconds } = ports.limits;
    const readRows = shareReads(() => readNetworkRows(qmp, context.signal));
    return await Promise.all(
      wanted.map(port =>
        // Beside the service's time some for the last try, and for asking the agent.
        conductCheck(`port ${port}`, serviceSeconds + 30, context, async signal => {
          if (failure !== undefined) throw failure;
          return await checkPort(
            port,
            rows.filter(row => row.guestPort === port),
            { ...ports, readRows },
            signal,
          );
        }),
      ),
    );
  } finally {
    await closeForwards(qmp, rows);
  }
}

async function checkPort(
  port: number,
  rows: readonly NetworkRow[],
  { line, limits, readRows }: Ports & { readonly readRows: ReadRows },
  signal: AbortSignal,
): Promise<Finding> {
  const { serviceSeconds } = limits;
  const outcome = rows.length === 0 ? undefined : await tryForwards(rows, readRows, serviceSeconds, signal);
  if (outcome === 'open') return { passed: true, detail: 'A program in the guest took the connection.' };
  const what =
    outcome === undefined
      ? 'The machine has no network through which its ports could be reached.'
      : outcome === 'refused'
        ? `The guest refused every connection for ${serviceSeconds} s: no program listens there, or a firewall is in the way.`
        : `The guest did not answer for ${serviceSeconds} s. It is reached at the address that it is given by DHCP: one that ` +
          'has a fixed address, or no driver for the card, is not.';
  // A program that refuses nothing may still listen: a restored server often has a fixed address.
  const heard = outcome === 'refused' ? [] : await askListeners(port, line, signal);
  if (heard.length === 0) return { passed: false, detail: what };
  return {
    passed: true,
    detail: `A program listens on ${heard.join(', ')}, says the guest agent; no connection was made. ${what}`,
  };
}

/** One forward that leads to the guest is enough; one that is refused says more than one that nobody answers. */
async function tryForwards(
  rows: readonly NetworkRow[],
  readRows: ReadRows,
  seconds: number,
  signal: AbortSignal,
): Promise<'open' | 'refused' | 'silent'> {
  let last: 'refused' | 'silent' = 'silent';
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const outcomes = await Promise.all(rows.map(row => tryForward(row, readRows, signal)));
    if (outcomes.includes('open')) return 'open';
    last = outcomes.includes('refused') ? 'refused' : 'silent';
    await wait(pauseMs, undefined, { signal });
  }
  return last;
}

async function tryForward(
  row: NetworkRow,
  readRows: ReadRows,
  signal: AbortSignal,
): Promise<'open' | 'refused' | 'silent'> {
  const began = performance.now();
  if (await probeForward(row, readRows, signal)) return 'open';
  return performance.now() - began < refusalMs ? 'refused' : 'silent';
}

/** Addresses other than those by which a guest only reaches itself; none where the agent does not tell. */
async function askListeners(port: number, line: AgentLine, signal: AbortSignal): Promise<string[]> {
  const withAgent = await line.find(0, signal);
  if (!withAgent) return [];
  try {
    const found = await withAgent(agent => listListeners(agent, port, { signal }), { signal });
    return found.filter(address => !ownAddress.test(address));
  } catch (error) {
    if (signal.aborted || !(error instanceof Fault)) throw error;
    return [];
  }
}

/** Many ports are tried at once: they need not all ask QEMU for the same rows. */
function shareReads(read: ReadRows): ReadRows {
  let pending: Promise<NetworkRow[]> | undefined;
  return () => {
    pending ??= read().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}
