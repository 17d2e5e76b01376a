import { runTool } from '../sample/run-tool.ts';

export interface DebianMirror {
  readonly site: string;
  /** The release's name, e.g. "bookworm". */
  readonly release: string;
}

/**
 * The mirror from which the system's own client takes Debian; undefined where it takes none:
 * http://mirror.example/debian|Debian|bookworm|main
 * http://mirror.example/debian-security|Debian|bookworm-security|main
 */
export async function findDebianMirror(): Promise<DebianMirror | undefined> {
  const format = '$(SITE)|$(ORIGIN)|$(CODENAME)|$(COMPONENT)';
  const text = await runTool('apt-get', ['indextargets', '--format', format]).catch(() => Buffer.alloc(0));
  for (const line of text.toString().split('\n')) {
    const [site = '', origin, release = '', component] = line.split('|');
    if (origin === 'Debian' && component === 'main' && /^[a-z]+$/.test(release)) return { site, release };
  }
  return undefined;
}
