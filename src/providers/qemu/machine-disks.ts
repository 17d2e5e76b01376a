import { rename } from 'node:fs/promises';
import path from 'node:path';
import { requireFreeSpace } from '../../host/require-free-space.ts';
import type { ImageFormat } from '../../model/image.ts';
import type { Engine } from '../../qemu/engine.ts';
import type { BlockNode } from '../../qemu/guest/source-node.ts';
import { copyContent } from '../../qemu/img/copy-content.ts';
import { createEmpty } from '../../qemu/img/create-empty.ts';
import type { ImgSubject } from '../../qemu/img/explain-img-failure.ts';
import { measureImage } from '../../qemu/img/measure-image.ts';
import { runImg } from '../../qemu/img/run-img.ts';
import { driverOf } from '../../qemu/img/target-format.ts';
import { variablesFile } from '../../qemu/machines/describe-machine.ts';

const shape = { format: 'qcow2', compressed: false, allocate: false } as const;

export interface DiskWork {
  readonly engine: Engine;
  /** The folder that the disk is made in. */
  readonly folder: string;
  readonly file: string;
  readonly signal: AbortSignal;
}

export interface DiskSource {
  readonly path: string;
  readonly format: ImageFormat;
  readonly node: BlockNode;
  /** All files that it consists of. */
  readonly files: readonly string[];
}

/** A disk with the content of another. Space is looked at first. */
export async function copyDisk(
  work: DiskWork,
  source: DiskSource,
  onFraction: (fraction: number, totalBytes: number) => void,
): Promise<void> {
  const { engine, folder, file, signal } = work;
  const subject: ImgSubject = { image: source, target: path.join(folder, file) };
  const needed = await measureImage(engine, source.node, source.files, subject, signal);
  await requireFreeSpace(folder, needed, 'image');
  await copyContent(engine, source.node, shape, file, {
    subject,
    signal,
    cwd: folder,
    onFraction: fraction => onFraction(fraction, needed),
  });
}

/** An empty disk, or one that stands on an image and takes what is written to it. */
export async function createDisk(
  work: DiskWork,
  sizeBytes: number,
  backing?: { readonly path: string; readonly format: ImageFormat },
): Promise<void> {
  const { engine, folder, file, signal } = work;
  const subject: ImgSubject = { image: { path: path.join(folder, file), format: 'qcow2' } };
  await createEmpty(engine, shape, sizeBytes, file, {
    subject,
    signal,
    cwd: folder,
    backing: backing && { path: backing.path, driver: driverOf(backing.format) },
  });
}

/** Makes a disk larger; what is on it does not change. */
export async function growDisk({ engine, folder, file, signal }: DiskWork, sizeBytes: number): Promise<void> {
  const subject: ImgSubject = { image: { path: path.join(folder, file), format: 'qcow2' } };
  await runImg(engine, ['resize', '-q', '-f', 'qcow2', file, String(sizeBytes)], { subject, signal, cwd: folder });
}

/** A machine's own UEFI variables: in qcow2, so that checkpoints hold them too. */
export async function createVariables(
  engine: Engine,
  template: { readonly vars: string; readonly varsFormat: 'raw' | 'qcow2' },
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const subject: ImgSubject = { image: { path: template.vars, format: template.varsFormat } };
  const draft = `${variablesFile}.draft`;
  const node = { driver: template.varsFormat, 'read-only': true, file: { driver: 'file', filename: template.vars } };
  await copyContent(engine, node, shape, draft, { subject, signal, cwd: folder });
  await rename(path.join(folder, draft), path.join(folder, variablesFile));
}
