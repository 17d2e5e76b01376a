import { Fault } from '../../errors/fault.ts';
import { checkUrl, showUrl } from '../../host/download/check-url.ts';
import { type FetchTextOptions, fetchText } from '../../host/download/fetch-text.ts';

export interface WindowsBuild {
  /** e.g. `qemu-w64-setup-20251210.exe`. */
  readonly name: string;
  readonly url: string;
}

type Options = Pick<FetchTextOptions, 'signal' | 'policy'>;

const mostListingBytes = 4 * 2 ** 20;
const installerName = /^qemu-w64-setup-(20\d{6})\.exe$/;

/**
 * The newest Windows build below `base`. Its listing, as Apache's mod_autoindex writes it, has the newest builds and a
 * folder for each year with those of that year:
 *
 *     <tr><td …></td><td><a href="2025/">2025/</a></td><td align="right">2025-12-12 07:01  </td>…
 *     <tr><td …></td><td><a href="qemu-w64-setup-20251210.exe">qemu-w64-setup-20251210.exe</a></td>…
 *
 * Faults: those of fetching, `not_found` when there is no build in the listing.
 */
export async function findWindowsBuild(base: string, options: Options): Promise<WindowsBuild> {
  const root = checkUrl(base.endsWith('/') ? base : `${base}/`);
  const top = await readListing(root, options);
  const found = top.builds;
  // A folder of a year that is not over can have a newer one than those at the top; an older year cannot.
  for (const year of top.years) {
    if (found.some(({ name }) => name.slice(15, 19) > year)) break;
    found.push(...(await readListing(new URL(`${year}/`, root), options)).builds);
    if (found.length > 0) break;
  }
  const [newest] = found.sort((one, other) => (one.name > other.name ? -1 : 1));
  if (newest !== undefined) return newest;
  throw new Fault('not_found', `There is no Windows build of QEMU in the listing at ${showUrl(root)}.`, {
    remedy: 'Check the address, or the setting "engine.downloadUrl" where there is one.',
    data: { url: showUrl(root) },
  });
}

async function readListing(url: URL, options: Options): Promise<{ builds: WindowsBuild[]; years: string[] }> {
  const page = await fetchText(url.href, { ...options, maxBytes: mostListingBytes });
  return parseListing(page, url);
}

/** Only plain names right below the folder count, wherever else its links lead. */
export function parseListing(page: string, folder: URL): { builds: WindowsBuild[]; years: string[] } {
  const names = [...page.matchAll(/<a\s[^>]{0,200}?href\s*=\s*["']([^"'<>]{1,200})["']/gi)].flatMap(([, link = '']) => {
    const target = URL.parse(link, folder.href);
    if (target === null || !target.href.startsWith(folder.href)) return [];
    return [target.href.slice(folder.href.length)];
  });
  const unique = [...new Set(names)];
  return {
    builds: unique.filter(name => installerName.test(name)).map(name => ({ name, url: new URL(name, folder).href })),
    years: unique
      .filter(name => /^20\d{2}\/$/.test(name))
      .map(name => name.slice(0, 4))
      .sort()
      .reverse(),
  };
}
