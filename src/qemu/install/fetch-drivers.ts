import { rm, stat } from 'node:fs/promises';
import { Fault } from '../../errors/fault.ts';
import { downloadFile } from '../../host/download/download-file.ts';
import { hashFile } from '../../host/download/hash-file.ts';
import { measureDownload } from '../../host/download/measure-download.ts';
import type { DriverDisc } from '../../model/engine-install.ts';
import { describeBytes, followDownload } from './describe-download.ts';
import { fetchSha512 } from './fetch-sha512.ts';
import type { InstallRequest } from './installation-step.ts';
import { readDiscVolume } from './read-disc-volume.ts';

export interface DriversRequest extends Pick<InstallRequest, 'planOnly' | 'signal' | 'progress' | 'policy'> {
  readonly url: string;
  readonly file: string;
  /** From the caller or the configuration. */
  readonly sha512?: string | undefined;
}

const mostBytes = 4 * 2 ** 30;
const unverified = 'The publisher names no SHA-512 of this file, so it could not be verified.';

/**
 * Fetches the disc with VirtIO drivers. It is verified when its hash is given, or published beside it, which the
 * publisher's own server does not do; else only its form is checked, and the answer says so. Faults: `conflict` when another
 * file has that name, `failed` when what came is no disc, and those of fetching.
 */
export async function fetchDrivers(request: DriversRequest): Promise<DriverDisc> {
  const { url, file, signal, progress, policy } = request;
  const known = await describeKnown(request);
  if (known !== undefined) return known;
  const sha512 = request.sha512?.toLowerCase() ?? (await fetchSha512(url, { signal, policy }));
  const bytes = await measureDownload(url, { signal, policy });
  const size = bytes === undefined ? 'of unknown size' : describeBytes(bytes);
  progress({ fraction: 0.02, message: `${request.planOnly ? 'found' : 'downloading'} ${url}, ${size}` });
  const trust = { verified: sha512 !== undefined, ...(sha512 === undefined && { warning: unverified }) };
  if (request.planOnly) return { fetched: false, url, file, bytes, ...trust, verified: false };
  const fetched = await downloadFile(url, file, {
    sha512,
    maxBytes: mostBytes,
    signal,
    policy,
    onProgress: followDownload('the drivers', [0.02, 0.99], progress),
  });
  const volume = await readDiscVolume(file).catch(async error => {
    await rm(file, { force: true });
    throw error;
  });
  return { fetched: fetched.fetched, url, file, bytes: fetched.bytes, sha512: fetched.sha512, volume, ...trust };
}

/** What is there already; a file that is something else is left alone. */
async function describeKnown({ url, file, sha512, signal }: DriversRequest): Promise<DriverDisc | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  const volume = found.isFile() ? await readDiscVolume(file).catch(() => undefined) : undefined;
  const actual = volume === undefined ? undefined : await hashFile(file, signal);
  const isRight = volume !== undefined && (sha512 === undefined || sha512.toLowerCase() === actual);
  if (!isRight) {
    throw new Fault('conflict', `There is another file at ${file}, which is not replaced.`, {
      remedy: 'Remove it, or name another file.',
      data: { field: 'file', expected: sha512?.toLowerCase(), actual },
    });
  }
  const trust = sha512 === undefined ? { verified: false, warning: unverified } : { verified: true };
  return { fetched: false, url, file, bytes: found.size, sha512: actual, volume, ...trust };
}
