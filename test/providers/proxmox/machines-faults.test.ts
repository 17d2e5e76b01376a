import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import type { FaultPlan } from '../../support/proxmox/http/faults.ts';
import { type MachineBench, openMachineBench } from './support/machine-bench.ts';
import {
  type MachineChange,
  machineChanges,
  matchOf,
  perform,
  seedOf,
  timesSent,
  vmidOf,
} from './support/machine-changes.ts';

const missing = missingContracts();
const tasks = machineChanges.filter(verb => verb.task);
/** Few connections are quickly made; who waits for answers that never come needs one for each. */
const usual = { connections: 12, timeoutSeconds: 20 };
const stalled = { connections: 64, timeoutSeconds: 2 };

interface Case {
  readonly title: string;
  readonly plan: Omit<FaultPlan, 'match'>;
  /** What the call comes to; undefined: it succeeds. */
  readonly code: string | undefined;
  /** How often the server has done it. */
  readonly done: 0 | 1;
  readonly password?: true;
}

const cases: readonly Case[] = [
  { title: 'never answers', plan: { kind: 'stall' }, code: 'timeout', done: 0 },
  { title: 'breaks the connection before', plan: { kind: 'reset-before' }, code: 'host_fault', done: 0 },
  { title: 'breaks the connection after', plan: { kind: 'reset-after' }, code: 'host_fault', done: 1 },
  { title: 'answers by half', plan: { kind: 'close-mid-body' }, code: 'host_fault', done: 1 },
  { title: 'answers 500', plan: { kind: 'status', status: 500, reason: 'something odd' }, code: 'failed', done: 0 },
  { title: 'answers 596', plan: { kind: 'status', status: 596, reason: 'Broken pipe' }, code: 'host_fault', done: 0 },
  {
    title: 'has forgotten the ticket',
    plan: { kind: 'status', status: 401, reason: 'permission denied - invalid PVE ticket' },
    code: undefined,
    done: 1,
    password: true,
  },
];

/** The cases in which nobody can tell whether it was done. */
const unsure: ReadonlySet<string> = new Set(['stall', 'reset-before', 'reset-after', 'close-mid-body']);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-faults-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(verb: MachineChange): string {
  return path.join(folder, `file-${vmidOf(verb)}`);
}

function openBench(
  version: '8.4' | '9.2',
  { password = false, verbs = machineChanges, settings = usual } = {},
): Promise<MachineBench> {
  return openMachineBench(
    { version, seed: seedOf(verbs), taskMilliseconds: 2 },
    { ...settings, ...(password ? { user: 'root@pam', tokenId: undefined } : {}) },
  );
}

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `a change at Proxmox VE %s ${missing ?? ''}`,
  version => {
    // How a connection ends is the client's affair, whatever the release: the older one shows a part of it.
    it.each(version === '9.2' ? cases : cases.filter(({ done }) => done === 1))(
      'is never made twice when the node $title',
      async ({ plan, code, done, password }) => {
        await using bench = await openBench(version, { password, settings: plan.kind === 'stall' ? stalled : usual });
        const outcomes = machineChanges.map(async verb => {
          const match = matchOf(verb, vmidOf(verb));
          const fault = bench.server.fault({ ...plan, match });
          const failure: unknown = await perform(bench, verb, fileOf(verb)).then(
            () => undefined,
            (error: unknown) => error,
          );
          const isUnsure = unsure.has(plan.kind) || plan.status === 596;
          return {
            verb: verb.title,
            met: fault.met,
            done: timesSent(bench, verb),
            code: failure instanceof Fault ? failure.code : failure,
            doubt: failure instanceof Fault && isUnsure ? failure.data?.mayHaveBeenCarriedOut : isUnsure || undefined,
          };
        });
        const expected = machineChanges.map(verb => ({
          verb: verb.title,
          met: 1,
          done,
          code,
          doubt: unsure.has(plan.kind) || plan.status === 596 ? true : undefined,
        }));
        expect(await Promise.all(outcomes)).toEqual(expected);
      },
    );

    it('is followed to its end when the connections break and the ticket is lost meanwhile', async () => {
      await using bench = await openBench(version, { password: true, verbs: tasks });
      bench.server.taskTimes.milliseconds = 300;
      const outcomes = Promise.allSettled(tasks.map(verb => perform(bench, verb, fileOf(verb))));
      await expect.poll(() => tasks.every(verb => timesSent(bench, verb) === 1), { timeout: 20_000 }).toBe(true);
      bench.server.expireTickets();
      bench.server.dropConnections();
      const failed = (await outcomes).flatMap((outcome, index) =>
        outcome.status === 'rejected' ? [[tasks[index]?.title, outcome.reason]] : [],
      );
      expect(failed).toEqual([]);
      expect(tasks.filter(verb => timesSent(bench, verb) !== 1).map(verb => verb.title)).toEqual([]);
    });

    it('is not made again elsewhere when the node dies with it', async () => {
      await using bench = await openBench(version, { verbs: tasks });
      bench.server.taskTimes.milliseconds = 20_000;
      const outcomes = Promise.allSettled(tasks.map(verb => perform(bench, verb, fileOf(verb))));
      await expect.poll(() => tasks.every(verb => timesSent(bench, verb) === 1), { timeout: 20_000 }).toBe(true);
      await bench.server.killNode('pve1');
      const codes = (await outcomes).map((outcome, index) => [
        tasks[index]?.title,
        outcome.status === 'rejected' && outcome.reason instanceof Fault
          ? [outcome.reason.code, outcome.reason.data?.mayHaveBeenCarriedOut]
          : outcome,
      ]);
      expect(codes).toEqual(tasks.map(verb => [verb.title, ['host_fault', true]]));
      expect(tasks.filter(verb => timesSent(bench, verb) !== 1).map(verb => verb.title)).toEqual([]);
    });

    it('that fails as a task tells the lines of its log', async () => {
      await using bench = await openBench(version, { verbs: tasks });
      // Who is asked to shut down and does not is switched off: that is no failure.
      const others = tasks.filter(verb => !verb.template.endsWith('/shutdown'));
      const types =
        'start stop pause reboot reset suspend resume clone template migrate destroy config snapshot rollback delsnapshot create'.split(
          ' ',
        );
      for (const type of [
        ...types.flatMap(verb => [`qm${verb}`, `vz${verb}`]),
        'resize',
        'qmmove',
        'move_volume',
        'qmigrate',
        'vzmigrate',
      ]) {
        bench.server.failTask(type, 'the disk is full', 50);
      }
      const outcomes = await Promise.allSettled(others.map(verb => perform(bench, verb, fileOf(verb))));
      const told = outcomes.map((outcome, index) => [
        others[index]?.title,
        outcome.status === 'rejected' && outcome.reason instanceof Fault
          ? [outcome.reason.code, String(outcome.reason.data?.exitStatus).includes('the disk is full')]
          : outcome,
      ]);
      expect(told).toEqual(others.map(verb => [verb.title, ['failed', true]]));
    });
  },
);
