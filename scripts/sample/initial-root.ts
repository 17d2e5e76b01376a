import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { addressScript, agentModules, collectAgentFiles } from './agent-files.ts';
import { type ArchiveEntry, encodeArchive } from './cpio-archive.ts';
import { unpackPackage } from './debian-packages.ts';
import { type GuestOptions, guestModules, initScript, powerOffScript } from './guest-files.ts';
import { collectModules } from './kernel-files.ts';

function findBusybox(root: string): string {
  for (const path of ['bin/busybox', 'usr/bin/busybox']) {
    try {
      if (statSync(join(root, path)).isFile()) return join(root, path);
    } catch {
      // Debian 13 moved it.
    }
  }
  throw new Error(`no busybox in ${root}`);
}

/** A gzipped initial root file system: busybox, the modules of the kernel that need loading, and one script. */
export async function buildInitialRoot(kernelRoot: string, options: GuestOptions): Promise<Buffer> {
  const busybox = findBusybox(await unpackPackage('busybox-static'));
  const names = options.agent ? [...guestModules, ...agentModules] : guestModules;
  const modules = await collectModules(kernelRoot, names, busybox);
  const agent = options.agent ? await collectAgentFiles() : [];
  const folder = (path: string): ArchiveEntry => ({ path, mode: 0o040755 });
  const file = (path: string, content: Buffer | string, mode = 0o100644): ArchiveEntry => ({
    path,
    mode,
    content: Buffer.from(content),
  });
  const folders = ['bin', 'sbin', 'dev', 'etc', 'etc/acpi', 'etc/acpi/PWRF', 'modules', 'root', 'lib', 'lib64'];
  const entries = [
    ...folders.map(folder),
    { path: 'dev/console', mode: 0o020600, device: [5, 1] as [number, number] },
    file('bin/busybox', readFileSync(busybox), 0o100755),
    file('init', initScript(options), 0o100755),
    file('etc/issue', 'vmbridge sample 1 \\n \\l\n\n'),
    file('etc/passwd', 'root::0:0:root:/root:/bin/sh\n'),
    file('etc/group', 'root:x:0:\n'),
    file('etc/acpi/PWRF/00000080', powerOffScript, 0o100755),
    ...(options.agent ? [file('etc/udhcpc.sh', addressScript, 0o100755)] : []),
    ...agent.map(({ path, content }) => file(path, content, 0o100755)),
    ...modules.map(module => file(`modules/${module.name}.ko`, module.content)),
    file('modules/order', modules.map(module => `${module.name}\n`).join('')),
  ];
  return gzipSync(encodeArchive(entries), { level: 6 });
}
