import { findTool } from '../sample/run-tool.ts';
import { findDebianMirror } from './debian-mirror.ts';

const needed = ['apt-get', 'chroot', 'debugfs', 'du', 'e2fsck', 'truncate', 'tune2fs', 'unshare'];

/** What is missing to build a Debian here, in words for a skipped test; undefined when nothing is. */
export async function missingDebianTools(): Promise<string | undefined> {
  const missing = needed.filter(name => findTool(name) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (process.getuid?.() !== 0) return 'debootstrap needs root';
  return (await findDebianMirror()) === undefined ? 'apt takes no Debian from anywhere' : undefined;
}
