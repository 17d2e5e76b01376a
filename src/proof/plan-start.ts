import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRunFolder } from '../host/run-folder.ts';
import { type PlanStep, runFolderName } from '../model/plan.ts';
import type { BlockNode } from '../qemu/guest/source-node.ts';
import { planGuest } from '../qemu/start-guest.ts';
import { isServed, openSource } from './open-source.ts';
import type { PlannedBoot } from './plan-boot.ts';

/** What `startPlanned` would do. An image that our own reader reads is opened for as long as that takes to tell. */
export async function planStart({ engine, plan, uefi }: PlannedBoot, signal: AbortSignal): Promise<PlanStep[]> {
  const { path: image, format } = plan.image;
  if (!isServed(format)) return planGuest(engine, plan, { uefi, signal });
  const folder = await createRunFolder(tmpdir(), 'vmbridge-plan');
  try {
    const served = await openSource(plan.image, { engine, folder: folder.path, signal });
    try {
      const source = served && { node: hideAddress(served.node), virtualSize: served.virtualSize };
      const [first, ...others] = await planGuest(engine, plan, { source, uefi, signal });
      const serve = { summary: `Read ${image} with vmbridge's own reader, and serve it to QEMU over NBD.` };
      return first === undefined ? [serve] : [first, serve, ...others];
    } finally {
      await served?.close();
    }
  } finally {
    await folder.remove();
  }
}

/** Where a disk is served is known when it is, and on Windows its name is a secret. */
export function hideAddress(node: BlockNode): BlockNode {
  const { server } = node;
  if (node.driver !== 'nbd' || typeof server !== 'object' || server === null) return node;
  if ('path' in server) return { ...node, server: { ...server, path: path.join(runFolderName, '<socket>') } };
  return { ...node, server: { ...server, port: '<port>' }, export: '<name>' };
}
