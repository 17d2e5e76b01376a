import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../errors/fault.ts';
import { runProgram } from '../../host/run-program.ts';
import type { BootPlan } from '../boot-plan.ts';
import type { Engine } from '../engine.ts';
import { guestFiles } from './guest-files.ts';
import { nameHolders } from './name-holders.ts';
import type { BlockNode } from './source-node.ts';
import { explainStartFailure } from './start-failure.ts';

/** What the overlay is put on. `virtualSize` in bytes; QEMU is asked where it is not known. */
export interface OverlaySource {
  readonly node: BlockNode;
  readonly virtualSize?: number | undefined;
}

const imageSize = z.object({ 'virtual-size': z.number().int().min(0) });

/**
 * Makes the throw-away file in `folder` that takes the guest's writes, and describes the disk made of it and the source.
 * The overlay does not name the source: QEMU is told to put the one on the other.
 */
export async function createOverlay(
  engine: Engine,
  plan: BootPlan,
  source: OverlaySource,
  folder: string,
  signal?: AbortSignal,
): Promise<BlockNode> {
  const size = await measureSource(engine, plan, source, signal);
  await runImg(engine, plan, overlayArguments(size), folder, signal);
  return describeOverlay(source, folder);
}

/** Of the whole disk, in bytes. */
export async function measureSource(
  engine: Engine,
  plan: BootPlan,
  { node, virtualSize }: OverlaySource,
  signal?: AbortSignal,
): Promise<number> {
  return virtualSize ?? (await readVirtualSize(engine, plan, node, signal));
}

/** qemu-img's arguments for the throw-away file, made in the machine's folder. */
export function overlayArguments(size: number): string[] {
  return ['create', '-q', '-f', 'qcow2', guestFiles.overlay, String(size)];
}

export function describeOverlay(source: OverlaySource, folder: string): BlockNode {
  return {
    driver: 'qcow2',
    discard: 'unmap',
    // Nothing of it is ever wanted after a power cut.
    cache: { direct: false, 'no-flush': true },
    file: { driver: 'file', filename: join(folder, guestFiles.overlay), cache: { direct: false, 'no-flush': true } },
    backing: { ...source.node, 'node-name': 'source' },
  };
}

async function readVirtualSize(
  engine: Engine,
  plan: BootPlan,
  source: BlockNode,
  signal?: AbortSignal,
): Promise<number> {
  const top = 'backing' in source ? { ...source, backing: null } : source;
  const args = ['info', '--output=json', `json:${JSON.stringify(top)}`];
  const stdout = await runImg(engine, plan, args, undefined, signal);
  const size = imageSize.parse(JSON.parse(stdout))['virtual-size'];
  if (size > 0) return size;
  const stderr = 'The medium is empty.';
  throw explainStartFailure(plan, { program: engine.img, exitCode: 0, stderr });
}

async function runImg(
  engine: Engine,
  plan: BootPlan,
  args: readonly string[],
  cwd: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const options = { cwd, signal, timeoutMs: 120_000, environment: { LC_ALL: 'C' } };
  const { exitCode, stdout, stderr } = await runProgram(engine.img, args, options).catch((error: unknown) => {
    throw asFaultOfHost(error);
  });
  if (exitCode === 0) return stdout;
  throw await nameHolders(explainStartFailure(plan, { program: engine.img, exitCode, stderr }));
}

/** A qemu-img that crashed says nothing of the image. */
function asFaultOfHost(error: unknown): unknown {
  if (!(error instanceof Fault) || typeof error.data?.signal !== 'string') return error;
  const { message, remedy, data, cause } = error;
  return new Fault('host_fault', message, { remedy, data, cause });
}
