import { copyFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { requireFreeSpace } from '../../host/require-free-space.ts';
import type { ImageFormat } from '../../model/image.ts';
import type { Engine } from '../../qemu/engine.ts';
import type { UefiFirmware } from '../../qemu/firmware/uefi-firmware.ts';
import type { BlockNode } from '../../qemu/guest/source-node.ts';
import { copyArguments, copyContent } from '../../qemu/img/copy-content.ts';
import { type Backing, createEmpty, emptyArguments } from '../../qemu/img/create-empty.ts';
import type { ImgSubject } from '../../qemu/img/explain-img-failure.ts';
import { measureImage } from '../../qemu/img/measure-image.ts';
import { runImg } from '../../qemu/img/run-img.ts';
import { driverOf } from '../../qemu/img/target-format.ts';
import { variablesFile } from '../../qemu/machines/describe-machine.ts';
import type { ReadableSource } from './image/open-source.ts';

const shape = { format: 'qcow2', compressed: false, allocate: false } as const;

/** The image that a new disk stands on. */
export interface Base {
  readonly path: string;
  readonly format: ImageFormat;
}

export interface DiskSource extends Base {
  /** All files that it consists of. */
  readonly files: readonly string[];
  /** Makes it readable until it is closed; `runRoot` is for what that takes. */
  open(runRoot?: string): Promise<ReadableSource>;
}

export type OnFraction = (fraction: number, totalBytes: number) => void;
export type Variables = Pick<UefiFirmware, 'vars' | 'varsFormat'>;

/** Fills the folder of a new machine, or tells how it would be filled. Names are those in the folder. */
export interface DiskMaker {
  /** An empty disk, or one that stands on an image and takes what is written to it. */
  create(file: string, sizeBytes: number, base?: Base): Promise<void>;
  /** A disk with the content of another. Space is looked at first. */
  copy(file: string, source: DiskSource, onFraction: OnFraction): Promise<void>;
  /** Makes a disk larger; what is on it does not change. */
  grow(file: string, sizeBytes: number): Promise<void>;
  /** A machine's own UEFI variables: in qcow2, so that checkpoints hold them too. */
  createVariables(template: Variables): Promise<void>;
  /** Those of another machine. */
  takeVariables(from: string): Promise<void>;
}

const variablesDraft = `${variablesFile}.draft`;

/** The arguments of qemu-img for each kind of disk; it runs in the machine's folder. */
export const diskArguments = {
  create: (file: string, sizeBytes: number, base?: Base) => emptyArguments(shape, sizeBytes, file, backingOf(base)),
  copy: (file: string, node: BlockNode) => copyArguments(node, shape, file),
  grow: (file: string, sizeBytes: number) => ['resize', '-q', '-f', 'qcow2', file, String(sizeBytes)],
  createVariables: (template: Variables) => copyArguments(variablesNode(template), shape, variablesDraft),
};

/** Makes disks in a folder. */
export function makeDisks(engine: Engine, folder: string, signal: AbortSignal): DiskMaker {
  const own = (file: string): ImgSubject => ({ image: { path: path.join(folder, file), format: 'qcow2' } });
  const options = { signal, cwd: folder };
  return {
    create: (file, sizeBytes, base) =>
      createEmpty(engine, shape, sizeBytes, file, { ...options, subject: own(file), backing: backingOf(base) }),
    copy: async (file, source, onFraction) => {
      const subject: ImgSubject = { image: source, target: path.join(folder, file) };
      const readable = await source.open();
      try {
        const needed = await measureImage(engine, readable.node, source.files, subject, signal);
        await requireFreeSpace(folder, needed, 'image');
        const onPart = (fraction: number) => onFraction(fraction, needed);
        await copyContent(engine, readable.node, shape, file, { ...options, subject, onFraction: onPart });
      } finally {
        await readable.close();
      }
    },
    grow: async (file, sizeBytes) => {
      await runImg(engine, diskArguments.grow(file, sizeBytes), { ...options, subject: own(file) });
    },
    createVariables: async template => {
      const subject: ImgSubject = { image: { path: template.vars, format: template.varsFormat } };
      await copyContent(engine, variablesNode(template), shape, variablesDraft, { ...options, subject });
      await rename(path.join(folder, variablesDraft), path.join(folder, variablesFile));
    },
    takeVariables: from => copyFile(from, path.join(folder, variablesFile)),
  };
}

function backingOf(base: Base | undefined): Backing | undefined {
  return base && { path: base.path, driver: driverOf(base.format) };
}

function variablesNode({ vars, varsFormat }: Variables): BlockNode {
  return { driver: varsFormat, 'read-only': true, file: { driver: 'file', filename: vars } };
}
