import type { Engine } from '../engine.ts';
import { type ImgOptions, runImg } from './run-img.ts';
import { driverOf, type ImageShape, shapeArguments } from './target-format.ts';

export interface Backing {
  /** Absolute, and recorded as it is. */
  readonly path: string;
  /** QEMU's name of its format. */
  readonly driver: string;
}

/** Makes an empty image `name` in the folder `options.cwd`. A backing file is only recorded, not opened. */
export async function createEmpty(
  engine: Engine,
  shape: ImageShape,
  sizeBytes: number,
  name: string,
  options: ImgOptions & { readonly cwd: string; readonly backing?: Backing | undefined },
): Promise<void> {
  await runImg(engine, emptyArguments(shape, sizeBytes, name, options.backing), options);
}

/** qemu-img's arguments for that. */
export function emptyArguments(shape: ImageShape, sizeBytes: number, name: string, backing?: Backing): string[] {
  const [, , ...optionArguments] = shapeArguments({ ...shape, compressed: false });
  const linked = backing === undefined ? [] : ['-u', '-b', backing.path, '-F', backing.driver];
  return ['create', '-q', '-f', driverOf(shape.format), ...optionArguments, ...linked, name, String(sizeBytes)];
}
