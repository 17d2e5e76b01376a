import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tools } from '../../../src/catalog/tools.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { findPaths } from '../../../src/host/paths.ts';
import proxmox from '../../../src/providers/proxmox/index.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import type { FaultPlan } from '../../support/proxmox/http/faults.ts';
import { type ChangingVerb, prepareVerbs } from './support/changing-verbs.ts';
import { type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `what goes wrong at Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'vmb-faults-'));
    });
    afterEach(async () => {
      await bench[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    async function open(settings: Parameters<typeof openMachineBench>[1] = {}): Promise<ChangingVerb[]> {
      bench = await openMachineBench({ version }, settings);
      Object.assign(bench.session, { paths: findPaths({ VMBRIDGE_HOME: folder }) });
      return prepareVerbs(bench, folder);
    }

    async function fail({ id, input }: ChangingVerb): Promise<Fault> {
      const error: unknown = await bench.run(id, input).then(
        () => new Error(`${id} has not failed`),
        (reason: unknown) => reason,
      );
      if (error instanceof Fault) return error;
      throw error;
    }

    /** Until the request that changes something was carried out. */
    async function untilSent(): Promise<void> {
      for (let look = 0; look < 2000 && bench.sent().length === 0; look += 1) await setTimeout(2);
    }

    it('is met by a verb of each change that the provider can make', async () => {
      const verbs = new Set<string>((await open()).map(({ id }) => id));
      const groups = ['storage', 'backup', 'cluster', 'proxmox'];
      const changing = Object.values(tools).filter(
        ({ id, effect, group }) => effect !== 'read' && groups.includes(group) && Object.hasOwn(proxmox.operations, id),
      );
      // The rule that is removed is the one that is made, by the same kind of request.
      expect(changing.map(({ id }) => id).filter(id => !verbs.has(id) && id !== 'ha.rule.remove')).toEqual([]);
    });

    it.each<[string, Omit<FaultPlan, 'match' | 'times'>, string, number]>([
      ['a line that breaks before', { kind: 'reset-before' }, 'host_fault', 0],
      ['a line that breaks after', { kind: 'reset-after' }, 'host_fault', 1],
      ['an answer of which half arrives', { kind: 'close-mid-body' }, 'host_fault', 1],
      ['a 500', { kind: 'status', status: 500, reason: 'it is sick' }, 'failed', 0],
      ['a 596', { kind: 'status', status: 596, reason: 'Broken pipe' }, 'host_fault', 0],
    ])('%s ends each change with a fault, and none is sent again', async (_, plan, expected, done) => {
      for (const verb of await open()) {
        bench.forget();
        const { method, template } = verb;
        const struck = bench.server.fault({ ...plan, match: { method, template }, times: 9 });
        const { code, remedy } = await fail(verb);
        const seen = { id: verb.id, code, met: struck.met, sent: bench.sent().length };
        expect(seen).toEqual({ id: verb.id, code: expected, met: 1, sent: done });
        expect(remedy, verb.id).toBeDefined();
        bench.server.clearFaults();
        await bench.server.settleTasks();
      }
    });

    it('a node that says nothing is given up, and no change is sent again', async () => {
      const verbs = await open({ timeoutSeconds: 1, connections: 64 });
      const struck = verbs.map(({ method, template }) =>
        bench.server.fault({ kind: 'stall', match: { method, template }, times: 9 }),
      );
      const uploads = verbs.filter(({ id }) => id !== 'storage.upload');
      const codes = await Promise.all(uploads.map(async verb => (await fail(verb)).code));
      expect(new Set(codes)).toEqual(new Set(['timeout']));
      expect(struck.reduce((sum, { met }) => sum + met, 0)).toBe(uploads.length);
      expect(bench.sent()).toEqual([]);
    });

    it('a ticket that is lost while a task runs is renewed, and the task followed to its end', async () => {
      const verbs = await open({ user: 'root@pam', tokenId: undefined });
      for (const { id, input, task } of verbs) {
        if (task === undefined) continue;
        bench.forget();
        bench.server.taskTimes.byType[task] = 60;
        const done = bench.run(id, input);
        await untilSent();
        bench.server.expireTickets();
        await done;
        expect(`${id} ${bench.sent().length}`).toBe(`${id} 1`);
      }
    });

    it('a node that dies with the task ends the call with a fault, and nothing is sent again', async () => {
      const verbs = await open();
      Object.assign(bench.session.client.timing, { lostTask: 100 });
      for (const { id, input, task } of verbs) {
        if (task === undefined || id === 'storage.upload') continue;
        bench.forget();
        bench.server.taskTimes.byType[task] = 5000;
        const done = fail({ id, input, method: 'POST', template: '' });
        await untilSent();
        const node = String(bench.sent()[0]?.params.node);
        await bench.server.killNode(node);
        const { code, remedy } = await done;
        expect({ id, code, sent: bench.sent().length }).toEqual({ id, code: 'host_fault', sent: 1 });
        expect(remedy).toBeDefined();
        await bench.server.reviveNode(node);
        await bench.server.settleTasks();
      }
    });
  },
);
