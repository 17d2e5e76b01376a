import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { listFiles } from './list-files.ts';
import { nuspec } from './nuspec.ts';
import { packageParts } from './package-parts.ts';
import { readManifest } from './read-manifest.ts';

const unix = 3;
// The first time that the format can tell; it has no time zones, and means what the clock on the wall shows.
const mtime = new Date(1980, 0, 1);

/** A NuGet package of a module's folder, as the PowerShell Gallery has them. The same folder always gives the same bytes. */
export async function modulePackage(folder: string): Promise<Uint8Array> {
  const manifest = await readManifest(folder);
  const files = await listFiles(folder);
  const entries: Zippable = {};
  for (const [name, text] of packageParts(manifest, nuspec(manifest), files))
    entries[name] = entry(name, strToU8(text));
  for (const file of files) entries[file] = entry(file, await readFile(path.join(folder, file)));
  return zipSync(entries, { level: 6, mtime });
}

function entry(name: string, content: Uint8Array): Zippable[string] {
  // By the name, since a Windows that packs knows no rights; without them what is installed elsewhere could not be run.
  const mode = /^server\/(node|vmbridge\.js)$/.test(name) ? 0o100755 : 0o100644;
  return [content, { os: unix, attrs: mode * 0x10000 }];
}
