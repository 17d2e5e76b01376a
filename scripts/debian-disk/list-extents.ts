import { runTool } from '../sample/run-tool.ts';

export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** The parts of a raw file that are no holes, without reading them. */
export async function listExtents(file: string): Promise<Extent[]> {
  const text = (await runTool('qemu-img', ['map', '-f', 'raw', '--output=json', file])).toString();
  const rows: { start: number; length: number; data: boolean }[] = JSON.parse(text);
  return rows.filter(({ data }) => data).map(({ start, length }) => ({ offset: start, length }));
}
