import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../sample/build-cache.ts';
import { unpackPackage } from '../sample/debian-packages.ts';
import { runTool } from '../sample/run-tool.ts';
import type { DebianMirror } from './debian-mirror.ts';

export interface DebianRecipe {
  readonly hostname: string;
  readonly rootPassword: string;
  readonly kernel: string;
  /** What is installed beyond a system that boots to its text login. */
  readonly packages: readonly string[];
  readonly fstab: string;
}

/** The least that boots beside a kernel: init, the initial root file system, and sessions for logins. */
const basePackages = ['systemd-sysv', 'udev', 'kmod', 'dbus', 'libpam-systemd', 'login', 'initramfs-tools', 'zstd'];

/**
 * Runs in a mount namespace of its own: whatever is mounted goes with it, so that nobody ever copies or removes the
 * host's own /proc through the tree. DPKG_FORCE: a tree that is lost with the machine is simply built again.
 */
const script = `set -e
export DPKG_FORCE=unsafe-io DEBIAN_FRONTEND=noninteractive
sh "$DEBOOTSTRAP" --variant=minbase --arch=amd64 --cache-dir="$DEBS" --include="$BASE" "$RELEASE" "$TREE" "$SITE"
printf 'root:%s\\n' "$ROOT_PASSWORD" | chroot "$TREE" chpasswd
if [ -n "$PACKAGES" ]; then
  mount -t proc proc "$TREE/proc"
  mount --bind "$DEBS" "$TREE/var/cache/apt/archives"
  cp /etc/resolv.conf "$TREE/etc/resolv.conf"
  printf '#!/bin/sh\\nexit 101\\n' >"$TREE/usr/sbin/policy-rc.d"
  chmod 755 "$TREE/usr/sbin/policy-rc.d"
  chroot "$TREE" apt-get -q update
  chroot "$TREE" apt-get -q -y -o APT::Sandbox::User=root --no-install-recommends install $PACKAGES
  rm "$TREE/usr/sbin/policy-rc.d"
  umount "$TREE/var/cache/apt/archives" "$TREE/proc"
fi
rm -rf "$TREE/var/lib/apt/lists" "$TREE/var/cache/apt" "$TREE/usr/share/doc" "$TREE/usr/share/man" "$TREE/usr/share/locale"
mkdir -p "$TREE/var/lib/apt/lists/partial" "$TREE/var/cache/apt/archives/partial"
rm -f "$TREE/etc/resolv.conf" "$TREE"/var/log/*.log
`;

/** Installs a Debian into a new folder with debootstrap, which needs root; gives the folder. */
export async function buildDebianTree(work: string, mirror: DebianMirror, recipe: DebianRecipe): Promise<string> {
  const tool = await unpackPackage('debootstrap');
  const tree = join(work, 'tree');
  const debs = join(cacheFolder, 'debs', mirror.release);
  mkdirSync(debs, { recursive: true });
  const settings = {
    DEBOOTSTRAP: join(tool, 'usr/sbin/debootstrap'),
    DEBOOTSTRAP_DIR: join(tool, 'usr/share/debootstrap'),
    DEBS: debs,
    BASE: [recipe.kernel, ...basePackages].join(','),
    RELEASE: mirror.release,
    TREE: tree,
    SITE: mirror.site,
    ROOT_PASSWORD: recipe.rootPassword,
    PACKAGES: recipe.packages.join(' '),
  };
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await runTool('env', [...variables, 'unshare', '--mount', '--propagation', 'private', 'sh', '-c', script]);
  writeFileSync(join(tree, 'etc/hostname'), `${recipe.hostname}\n`);
  writeFileSync(join(tree, 'etc/fstab'), recipe.fstab);
  return tree;
}
