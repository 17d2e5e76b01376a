import { stat } from 'node:fs/promises';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';

export interface SeenImage {
  readonly sizeBytes: number;
  readonly modifiedAt: string;
}

/** What an image looked like when a disk was put on it. */
export async function seeImage(path: string): Promise<SeenImage> {
  const { size, mtime } = await stat(path);
  return { sizeBytes: size, modifiedAt: mtime.toISOString() };
}

/** Warns of images that were changed since disks were put on them. One that is gone is told by whoever opens it. */
export async function findChangedBases({ name, disks }: MachineDefinition): Promise<string[]> {
  const warnings: string[] = [];
  for (const { backing } of disks) {
    if (backing?.seen === undefined) continue;
    const now = await seeImage(backing.path).catch(() => undefined);
    const { sizeBytes, modifiedAt } = backing.seen;
    if (now === undefined || (now.sizeBytes === sizeBytes && now.modifiedAt === modifiedAt)) continue;
    warnings.push(
      `The image ${backing.path}, which a disk of "${name}" stands on, was changed since: what that disk holds may be ` +
        'damaged by it. Put the image back as it was, or make the machine anew from it.',
    );
  }
  return warnings;
}
