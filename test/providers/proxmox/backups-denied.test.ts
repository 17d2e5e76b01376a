import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolId } from '../../../src/catalog/types.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { findPaths } from '../../../src/host/paths.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { prepareVerbs } from './support/changing-verbs.ts';
import { type MachineBench, openMachineBench, openSessionAt } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `an account of %s that may only look ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    let folder: string;

    beforeEach(async () => {
      bench = await openMachineBench({ version });
      folder = mkdtempSync(path.join(tmpdir(), 'vmb-denied-'));
    });
    afterEach(async () => {
      await bench[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    it('is told for each change what it lacks, and nothing is changed', async () => {
      const verbs = await prepareVerbs(bench, folder);
      bench.server.access.addUser('eye@pve', bench.server.rootPassword);
      bench.server.access.grant('/', 'eye@pve', 'PVEAuditor');
      await bench.session.client.close();
      const session = await openSessionAt(bench.server, { user: 'eye@pve', tokenId: undefined });
      Object.assign(bench.session, session, { paths: findPaths({ VMBRIDGE_HOME: folder }) });
      for (const { id, input } of verbs) {
        // What these ask for, the schema of 9 tells in words only, and the server does not know it.
        if (id === 'backup.set' || id.startsWith('replication.')) continue;
        const error: unknown = await bench.run(id as ToolId, input).catch((reason: unknown) => reason);
        if (!(error instanceof Fault)) throw new Error(`${id} was not refused`);
        // What one may not see is as good as not there.
        expect(['denied', 'not_found'], `${id} ${error.code}: ${error.message}`).toContain(error.code);
        if (error.code === 'denied') expect(JSON.stringify([error.remedy, error.data]), id).toMatch(/pveum|privilege/);
      }
      const changed = bench.server.calls.filter(
        ({ method, template, status, account }) =>
          account === 'eye@pve' && method !== 'GET' && status === 200 && !template.startsWith('/access/'),
      );
      expect(changed.map(({ template }) => template)).toEqual([]);
    });

    it('gives an upload up when it is cancelled, and leaves nothing behind', async () => {
      const file = path.join(folder, 'large.iso');
      writeFileSync(file, Buffer.alloc(24 * 2 ** 20));
      const controller = new AbortController();
      const sending = bench.run(
        'storage.upload',
        { file, storage: 'local', unverified: true },
        { signal: controller.signal, progress: () => controller.abort() },
      );
      await expect(sending).rejects.toMatchObject({ code: 'cancelled' });
      await bench.server.settleTasks();
      const { volumes } = await bench.run('storage.contents', { storage: 'local', content: 'iso' });
      expect(volumes.map(({ id }) => id)).not.toContain('local:iso/large.iso');
    });
  },
);
