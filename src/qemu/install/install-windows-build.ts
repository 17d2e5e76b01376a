import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { downloadFile } from '../../host/download/download-file.ts';
import { measureDownload } from '../../host/download/measure-download.ts';
import { describeBytes, followDownload } from './describe-download.ts';
import { fetchSha512 } from './fetch-sha512.ts';
import { findWindowsBuild } from './find-windows-build.ts';
import type { InstallationStep, InstallRequest } from './installation-step.ts';
import { unpackBuild } from './unpack-build.ts';

/** Five times what it is; a server that sends more is not the right one. */
const mostBytes = 2 ** 30;
const installerFile = /^qemu-w64-setup-\d{8}\.exe/;

/**
 * Installs the newest official Windows build into our own folder. Its size is told before it is fetched; it is unpacked
 * or run only with the SHA-512 that is published beside it, and stays in the cache. Every Fault but a cancellation
 * has the link for doing it by hand.
 */
export async function installWindowsBuild(request: InstallRequest): Promise<InstallationStep> {
  try {
    return await install(request);
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'cancelled') throw error;
    const byHand = `Or install it by hand from ${request.downloadUrl}`;
    throw error.with({ remedy: [error.remedy, byHand].filter(Boolean).join(' ') });
  }
}

async function install(request: InstallRequest): Promise<InstallationStep> {
  const { signal, progress, policy } = request;
  progress({ fraction: 0.01, message: `looking for the newest build at ${request.downloadUrl}` });
  const build = await findWindowsBuild(request.downloadUrl, { signal, policy });
  const sha512 = await fetchSha512(build.url, { signal, policy });
  if (sha512 === undefined) {
    throw new Fault('failed', `No SHA-512 is published beside ${build.url}, so it is not used.`, {
      data: { url: build.url },
    });
  }
  const bytes = await measureDownload(build.url, { signal, policy });
  const size = bytes === undefined ? 'of unknown size' : describeBytes(bytes);
  progress({ fraction: 0.05, message: `${request.planOnly ? 'found' : 'downloading'} ${build.url}, ${size}` });
  const download = { url: build.url, bytes, sha512 };
  if (request.planOnly) return { method: 'download', commands: [], download, warnings: [] };
  const fetched = await downloadFile(build.url, path.join(request.cacheFolder, 'downloads', build.name), {
    sha512,
    maxBytes: mostBytes,
    signal,
    policy,
    onProgress: followDownload(build.name, [0.05, 0.8], progress),
  });
  progress({ fraction: 0.8, message: `${build.name} has the right SHA-512` });
  const { command, warnings } = await unpackBuild(fetched.file, fetched.bytes, request);
  await removeOthers(path.dirname(fetched.file), build.name);
  return {
    method: 'download',
    commands: [command],
    download: { ...download, bytes: fetched.bytes, file: fetched.file },
    warnings,
  };
}

/** Older installers, whole or not, unless they are being fetched. */
async function removeOthers(folder: string, kept: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const others = names.filter(name => installerFile.test(name) && !name.startsWith(kept));
  for (const name of others) {
    const [installer] = installerFile.exec(name) ?? [];
    if (!names.some(each => each.startsWith(`${installer}.lock`))) await rm(path.join(folder, name), { force: true });
  }
}
