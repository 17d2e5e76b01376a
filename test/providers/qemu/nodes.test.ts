import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { tools } from '../../../src/catalog/tools.ts';
import { listNodes } from '../../../src/providers/qemu/nodes.ts';
import type { QemuSession } from '../../../src/providers/qemu/session.ts';

it('this machine is told with what its machines share', async () => {
  // Its folder is made with the first machine.
  const state = path.join(os.tmpdir(), 'vmb-not-there', 'state');
  const session = { environment: { paths: { state } } } as unknown as QemuSession;
  const { nodes } = tools['node.list'].output.parse(await listNodes(session));
  const [node] = nodes;
  expect(node).toMatchObject({ provider: 'qemu', host: 'local', name: os.hostname(), state: 'online' });
  expect(node?.cpus).toBe(os.availableParallelism());
  expect(node?.memoryBytes).toBe(os.totalmem());
  expect(node?.memoryUsedBytes).toBeLessThan(os.totalmem());
  expect(node?.diskBytes).toBeGreaterThan(node?.diskUsedBytes ?? Number.POSITIVE_INFINITY);
});
