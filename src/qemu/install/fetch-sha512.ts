import { Fault } from '../../errors/fault.ts';
import { type FetchTextOptions, fetchText } from '../../host/download/fetch-text.ts';

type Options = Pick<FetchTextOptions, 'signal' | 'policy'>;

const mostHashBytes = 64 * 1024;

/**
 * The SHA-512 that is published beside a file: of `setup.exe` in `setup.sha512` or `setup.exe.sha512`. Undefined when
 * there is neither. Faults: those of fetching, `failed` when it is not such a file.
 */
export async function fetchSha512(fileUrl: string, options: Options): Promise<string | undefined> {
  const url = new URL(fileUrl);
  const name = url.pathname.split('/').at(-1) ?? '';
  for (const hashName of [name.replace(/\.[a-z0-9]+$/i, ''), name].map(stem => `${stem}.sha512`)) {
    const text = await fetchIfThere(new URL(hashName, url).href, options);
    if (text === undefined) continue;
    const hash = parseSha512(text, decodeURIComponent(name));
    if (hash !== undefined) return hash;
    throw new Fault('failed', `The file ${hashName} beside ${name} does not tell its SHA-512.`, {
      remedy: 'Try again later, or use another mirror.',
      data: { url: new URL(hashName, url).href, begin: JSON.stringify(text.slice(0, 200)) },
    });
  }
  return undefined;
}

async function fetchIfThere(url: string, options: Options): Promise<string | undefined> {
  try {
    return await fetchText(url, { ...options, maxBytes: mostHashBytes });
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') return undefined;
    throw error;
  }
}

/**
 * Reads what sha512sum writes, or the hash alone:
 *
 *     9069710807c6…ee0d2be  qemu-w64-setup-20251210.exe
 *     9069710807c6…ee0d2be *path/qemu-w64-setup-20251210.exe
 */
export function parseSha512(text: string, name: string): string | undefined {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '');
  for (const line of lines) {
    const [, hash, file] = /^([0-9a-f]{128})(?:[ \t]+\*?(\S.*?))?\s*$/i.exec(line) ?? [];
    if (hash === undefined) continue;
    const isOfIt = file === undefined ? lines.length === 1 : file.split(/[\\/]/).at(-1) === name;
    if (isOfIt) return hash.toLowerCase();
  }
  return undefined;
}
