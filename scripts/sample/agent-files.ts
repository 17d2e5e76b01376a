import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackage } from './debian-packages.ts';
import { runTool } from './run-tool.ts';

/** What the guest agent and its network need beside the modules of every guest. */
export const agentModules = ['virtio_console', 'virtio_balloon', 'af_packet', 'virtio_net', 'e1000', 'e1000e'];

export interface AgentFile {
  /** Path in the guest, without a leading slash. */
  readonly path: string;
  readonly content: Buffer;
}

const loaderName = 'ld-linux-x86-64.so.2';
const libraryFolders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib', 'usr/lib', 'lib64', 'usr/lib64'];
const deepest = 4;

/** The real qemu-ga with the shared libraries that it loads. */
export async function collectAgentFiles(): Promise<AgentFile[]> {
  const root = await unpackPackage('qemu-guest-agent');
  const program = findBelow([root], ['usr/sbin/qemu-ga', 'usr/bin/qemu-ga']);
  const { loader, libraries } = await resolveLibraries(program);
  return [
    { path: 'bin/qemu-ga', content: readFileSync(program) },
    { path: `lib64/${loaderName}`, content: readFileSync(loader) },
    ...[...libraries].map(([name, file]) => ({ path: `lib/${name}`, content: readFileSync(file) })),
  ];
}

/** Unpacks what the package depends on, one level after the other, until the loader finds every library. */
async function resolveLibraries(program: string): Promise<{ loader: string; libraries: Map<string, string> }> {
  const roots: string[] = [];
  const seen = new Set<string>();
  let level = ['qemu-guest-agent'];
  for (let depth = 0; depth < deepest; depth += 1) {
    const wanted = (await Promise.all(level.map(listLibraryPackages))).flat().filter(name => !seen.has(name));
    level = [...new Set(wanted)];
    for (const name of level) {
      seen.add(name);
      roots.push(await unpackPackage(name));
    }
    const loader = findBelow(
      roots,
      libraryFolders.map(folder => `${folder}/${loaderName}`),
    );
    const libraries = await listLoaded(loader, roots, program);
    if (libraries !== undefined) return { loader, libraries };
  }
  throw new Error(`the libraries of ${program} are in none of these packages: ${[...seen].join(', ')}`);
}

//   Depends: libc6
//  |Depends: libsomething
//   Depends: <a-virtual-package>
async function listLibraryPackages(name: string): Promise<string[]> {
  const text = (await runTool('apt-cache', ['depends', '--important', name])).toString();
  return [...text.matchAll(/^ +(?:Pre)?Depends: (z?lib[a-z0-9.+-]+)$/gm)].flatMap(([, found = '']) =>
    found.includes('perl') ? [] : [found],
  );
}

/**
 * Each library with its file, or nothing while one is missing:
 *	libudev.so.1 => /…/libudev.so.1 (0x00007ff95099c000)
 *	libpcre2-8.so.0 => not found
 */
async function listLoaded(
  loader: string,
  roots: readonly string[],
  program: string,
): Promise<Map<string, string> | undefined> {
  const folders = roots.flatMap(root => libraryFolders.map(folder => join(root, folder))).filter(existsSync);
  const options = ['--inhibit-cache', '--library-path', folders.join(':'), '--list', program];
  const text = (await runTool(loader, options).catch(() => Buffer.from('=> not found'))).toString();
  const rows = [...text.matchAll(/^\s*(\S+) => (\/\S.*) \(0x/gm)].map(
    ([, soname = '', file = '']) => [soname, file] as const,
  );
  const isWhole = !text.includes('=> not found') && rows.every(([, file]) => folders.some(f => file.startsWith(f)));
  return isWhole && rows.length > 0 ? new Map(rows) : undefined;
}

function findBelow(roots: readonly string[], paths: readonly string[]): string {
  for (const root of roots) {
    const found = paths.map(path => join(root, path)).find(path => existsSync(path));
    if (found !== undefined) return found;
  }
  throw new Error(`none of ${paths.join(', ')} in ${roots.map(root => readdirSync(root).join(' ')).join('; ')}`);
}

/** Steps of the first program, once the modules are there: an address by DHCP, a web server, the agent on its channel. */
export const agentSteps = `
ifconfig lo 127.0.0.1 up
mkdir -p /www /tmp /var/run /var/log
echo "vmbridge sample" >/www/index.html
httpd -p 80 -h /www
ifconfig eth0 up 2>/dev/null && (udhcpc -i eth0 -s /etc/udhcpc.sh -t 20 -T 1 -q >/dev/null 2>&1 &)
(while true; do
  for port in /sys/class/virtio-ports/*; do
    [ "$(cat "$port/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] && qemu-ga -m virtio-serial -p "/dev/\${port##*/}" -t /run >/dev/null 2>&1
  done
  sleep 1
done) &
`;

/** Called by udhcpc, which puts what it was told into the environment. */
export const addressScript = `#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ifconfig "$interface" "$ip" netmask "$subnet" up
for gateway in $router; do route add default gw "$gateway" dev "$interface" 2>/dev/null; done
exit 0
`;
