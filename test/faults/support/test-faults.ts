import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FaultReport } from '../../../src/model/fault-report.ts';
import { missingEngine } from '../../providers/qemu/support/image-tools.ts';
import type { Answer } from '../../rpc/support/test-bridge.ts';
import { CannotArrange, type ExpectedFault, type FaultBench, type FaultCall, type FaultCase } from './fault-case.ts';
import { listLeftovers, listProcesses } from './leftovers.ts';
import { openPlace } from './open-place.ts';
import { openServer, ReportedFault } from './open-server.ts';

/** A test for each fault: it ends as expected, in time, with a next step, and nothing of it stays. */
export function testFaults(group: string, cases: readonly FaultCase[]): void {
  describe.skipIf(process.platform !== 'linux')(`a fault of the ${group}`, () => {
    it.for(cases.map(each => [each.name, each] as const))('%s', { timeout: 180_000 }, async ([, each], ctx) => {
      if (missingEngine !== undefined) return ctx.skip(missingEngine);
      try {
        await testFault(each);
      } catch (error) {
        if (error instanceof CannotArrange) return ctx.skip(error.message);
        throw error;
      }
    });
  });
}

async function testFault(each: FaultCase): Promise<void> {
  const place = openPlace(each.deepHome);
  try {
    await using server = await openServer(each, place);
    const bench: FaultBench = { ...place, call: server.call };
    try {
      const call = await each.arrange(bench);
      const before = listLeftovers(place.folder);
      const { outcome, seconds } = await make(call, bench);
      if ('check' in each.expect) await each.expect.check(requireAnswer(outcome), bench);
      else checkFault(requireFault(outcome), each.expect, seconds);
      expect(seconds).toBeLessThan(each.seconds);
      if (!('check' in each.expect) && each.changesFiles !== true) expect(listLeftovers(place.folder)).toEqual(before);
      expect((await server.call('vm.list', {})).machines).toBeInstanceOf(Array);
    } finally {
      await place.undo();
      await switchOff(bench);
    }
  } finally {
    await place.undo();
    expect(await waitForEnd(place.folder)).toEqual([]);
    place.remove();
  }
}

/** Else the end of the server would wait for guests that heed no button. */
async function switchOff({ call }: FaultBench): Promise<void> {
  const { machines } = await call('vm.list', { provider: 'qemu' }).catch(() => ({ machines: [] }));
  for (const { id, processId } of machines) {
    if (processId !== undefined) await call('vm.stop', { vm: id, force: true }).catch(() => {});
  }
}

async function make({ id, input, cancelAfter }: FaultCall, bench: FaultBench) {
  const signal = cancelAfter === undefined ? undefined : AbortSignal.timeout(cancelAfter);
  const begin = performance.now();
  const outcome: unknown = await bench.call(id, input, signal).catch((error: unknown) => error);
  return { outcome, seconds: (performance.now() - begin) / 1000 };
}

function requireAnswer(outcome: unknown): Answer {
  if (outcome instanceof ReportedFault) throw new Error(`a Fault: ${JSON.stringify(outcome.report)}`);
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

function requireFault(outcome: unknown): FaultReport {
  if (outcome instanceof ReportedFault) return outcome.report;
  if (outcome instanceof Error) throw outcome;
  throw new Error(`no Fault: ${JSON.stringify(outcome)}`);
}

const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

function checkFault(report: FaultReport, expected: ExpectedFault, seconds: number): void {
  const { code, message, remedy = '', data = {} } = report;
  const seen = { code, field: data.field, reason: data.reason, message, remedy };
  expect(seen, `after ${seconds} s`).toMatchObject({
    code: expected.code,
    ...(expected.field === undefined ? {} : { field: expected.field }),
    ...(expected.reason === undefined ? {} : { reason: expected.reason }),
    ...(expected.message === undefined ? {} : { message: expect.stringMatching(expected.message) }),
    remedy: expect.stringMatching(expected.remedy),
  });
  if (expected.data !== undefined) expect(data).toMatchObject(expected.data);
  expect(message).not.toMatch(control);
  expect(remedy).not.toMatch(control);
  // A sentence that begins with what to do.
  expect(remedy).toMatch(/^[A-Za-z].{9,}/);
}

/** A server that has just been told to end may take a moment. */
async function waitForEnd(folder: string): Promise<string[]> {
  for (let rest = 100; ; rest -= 1) {
    const left = listProcesses(folder);
    if (left.length === 0 || rest === 0) return left;
    await delay(100);
  }
}
