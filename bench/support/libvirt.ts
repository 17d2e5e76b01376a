import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from '../../src/host/find-program.ts';

const run = promisify(execFile);

/** What libvirt keeps on a host, and the folders that stand in for it while it is measured. */
const places = { etc: '/etc/libvirt', lib: '/var/lib/libvirt', log: '/var/log/libvirt', cache: '/var/cache/libvirt' };
const runtime = '/run/libvirt';
/**
 * As root, since that user may open what the measurement makes. With another user libvirt looks for KVM in vain where only
 * root may use it, takes what it knows of QEMU for outdated, and asks anew for four seconds at every start.
 */
const settings = 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\n';
/** $1: folder with the stand-ins; then pairs of name and place up to `--`, and the program. */
const enter = `folder=$1; shift
while [ "$1" != -- ]; do mkdir -p "$2" && mount --bind "$folder/$1" "$2" || exit 1; shift 2; done
shift; exec "$@"`;

const needed = [
  ['virsh', 'libvirt-clients'],
  ['virtlogd', 'libvirt-daemon'],
  ['libvirtd', 'libvirt-daemon'],
  ['unshare', 'util-linux'],
] as const;

/**
 * A libvirt of its own, through its command line, as a person or a script uses it. Its daemons see private folders in the
 * places of the host's, so that nothing of a libvirt that is in use is touched, and nothing stays.
 */
export class Libvirt {
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  private constructor() {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'vmb-libvirt-'));
    for (const name of [...Object.keys(places), 'run']) mkdirSync(path.join(this.#folder, name));
    writeFileSync(path.join(this.#folder, 'etc/qemu.conf'), settings);
  }

  /** Returns what is missing where it cannot be had. */
  static async open(): Promise<Libvirt | string> {
    for (const [program, debianPackage] of needed) {
      if ((await find(program)) === undefined) return `${program} is missing (Debian: ${debianPackage})`;
    }
    if (process.getuid?.() !== 0) return 'a libvirtd of its own can only be started by root';
    const libvirt = new Libvirt();
    if (await libvirt.#start()) return libvirt;
    await libvirt[Symbol.asyncDispose]();
    return 'a libvirtd of its own was started and does not answer';
  }

  /** One run of virsh, the whole process. */
  async virsh(...args: readonly string[]): Promise<string> {
    const uri = `qemu:///system?socket=${this.#folder}/run/libvirt-sock`;
    return (await run('virsh', ['-c', uri, ...args], { timeout: 120_000 })).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = await this.virsh('list', '--name').catch(() => '');
    for (const name of running.split('\n').filter(Boolean)) await this.virsh('destroy', name).catch(() => {});
    for (const daemon of this.#daemons.reverse()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const exited = once(daemon, 'exit');
      daemon.kill();
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<boolean> {
    for (const name of ['virtlogd', 'libvirtd']) this.#daemons.push(await this.#startDaemon(name));
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await this.virsh('version').catch(() => undefined)) return true;
      if (this.#daemons.some(({ exitCode }) => exitCode !== null)) return false;
      await wait(100);
    }
    return false;
  }

  async #startDaemon(name: string): Promise<ChildProcess> {
    const pairs = Object.entries({ ...places, run: runtime }).flat();
    const daemon = [(await find(name)) ?? name];
    const args = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      enter,
      'sh',
      this.#folder,
      ...pairs,
      '--',
      ...daemon,
    ];
    return spawn('unshare', args, { stdio: 'ignore' });
  }
}

function find(program: string): Promise<string | undefined> {
  return findProgram(program, { folders: ['/usr/sbin', '/sbin'] });
}
