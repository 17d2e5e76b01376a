import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildOnce } from '../../../scripts/sample/build-cache.ts';
import { encodeArchive } from '../../../scripts/sample/cpio-archive.ts';
import { alignment } from '../../../scripts/sample/partition-tables.ts';
import { runTool } from '../../../scripts/sample/run-tool.ts';
import { agentGuest, mbrBiosGrub } from './index.ts';

/** Who can log in at the guest below; the password has what shells and keyboards stumble over. */
export const guestUser = { user: 'proof', password: 'Kx7 $w0rd"!' } as const;

// openssl passwd -6 -salt vmbridge 'Kx7 $w0rd"!'
const hash = '$6$vmbridge$YsIBE1cIjzanndoydagYzcZ4ISTecX3qmhxJoRu9EquJxX0XJLG3NMT30E90ISaKJKH/bgAHOEGu8/1SupDDE1';
const initialRoot = '/boot/initrd.img';

/**
 * A raw disk with a Linux on which `guestUser` logs in at the screen by a password, and root not at all. `agent`: its guest
 * agent runs, too. The kernel takes further archives behind that of its initial root: one replaces the list of users.
 */
export async function loginGuest({ agent = false } = {}): Promise<string> {
  const source = await (agent ? agentGuest({ format: 'raw' }) : mbrBiosGrub({ format: 'raw' }));
  return buildOnce(source.replace(/\.img$/, '-login.img'), async work => {
    const disk = join(work, basename(source));
    await runTool('cp', ['--sparse=always', source, disk]);
    await runTool('chmod', ['u+w', disk]);
    const place = `${disk}?offset=${alignment}`;
    const archive = join(work, 'initrd.img');
    await runTool('debugfs', ['-R', `dump ${initialRoot} ${archive}`, place]);
    const users = `root:!:0:0:root:/root:/bin/sh\n${guestUser.user}:${hash}:0:0:proof:/root:/bin/sh\n`;
    const extra = gzipSync(encodeArchive([{ path: 'etc/passwd', mode: 0o100644, content: Buffer.from(users) }]));
    writeFileSync(archive, Buffer.concat([readFileSync(archive), extra]));
    const commands = join(work, 'commands');
    writeFileSync(commands, `rm ${initialRoot}\nwrite ${archive} ${initialRoot}\n`);
    await runTool('debugfs', ['-w', '-f', commands, place]);
    return disk;
  });
}
