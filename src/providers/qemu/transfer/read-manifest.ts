import path from 'node:path';
import { escapeControls } from '../../../errors/escape.ts';
import { Fault } from '../../../errors/fault.ts';
import { openRegularFile } from '../../../host/copy-regular-file.ts';
import {
  type ExportManifest,
  exportManifest,
  manifestFile,
  manifestFormat,
  manifestVersion,
} from '../../../qemu/machines/export-manifest.ts';

const largest = 256 * 1024;

/** Reads what the export in `folder` says. Faults: `not_found`, `denied`, `invalid`, `unsupported` (a newer version). */
export async function readManifest(folder: string): Promise<ExportManifest> {
  const file = path.join(folder, manifestFile);
  const raw = parse(await readSmallFile(file), file);
  if (typeof raw !== 'object' || raw === null || !('format' in raw) || raw.format !== manifestFormat) {
    throw invalid(file, 'it is not the description of an exported machine');
  }
  if ('version' in raw && Number.isInteger(raw.version) && Number(raw.version) > manifestVersion) {
    throw new Fault('unsupported', `The export ${folder} has version ${raw.version}, which is not known here.`, {
      remedy: 'Import it with the version of vmbridge that made it, or a newer one.',
      data: { field: 'source', version: raw.version, known: manifestVersion },
    });
  }
  const { data, error } = exportManifest.safeParse(raw);
  if (data !== undefined) return check(data, file);
  const [issue] = error.issues;
  throw invalid(file, `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unknown'}`);
}

function check(manifest: ExportManifest, file: string): ExportManifest {
  const files = [...manifest.disks, ...(manifest.variables === undefined ? [] : [manifest.variables])];
  const names = files.map(each => each.file);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(file, `it names the file ${twice} twice`);
  return manifest;
}

async function readSmallFile(file: string): Promise<string> {
  const handle = await openRegularFile(file, 'source').catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 'not_found') throw error;
    throw error.with({ remedy: 'Name a folder that vm.export has written.' });
  });
  try {
    const buffer = Buffer.alloc(largest + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (length > largest) throw invalid(file, `it has more than ${largest} bytes`);
      if (bytesRead === 0) return buffer.toString('utf8', 0, length);
    }
  } finally {
    await handle.close();
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(file, 'it is not JSON');
  }
}

function invalid(file: string, why: string): Fault {
  return new Fault('invalid', `${file} can not be used: ${escapeControls(why)}.`, {
    remedy: 'Export the machine again with vm.export.',
    data: { field: 'source', path: file },
  });
}
