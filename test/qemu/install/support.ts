import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';
import { findProgram } from '../../../src/host/find-program.ts';
import type { Progress } from '../../../src/model/call.ts';
import { type EngineInstallRequest, installEngine } from '../../../src/qemu/install/install-engine.ts';
import type { InstallHost } from '../../../src/qemu/install/install-host.ts';

/** A system made of stand-in programs, none of which is the real one of this host. */
export class PretendSystem implements AsyncDisposable {
  readonly root: string;
  readonly bin: string;
  readonly engineFolder: string;
  readonly updates: Progress[] = [];

  private constructor(root: string) {
    this.root = root;
    this.bin = join(root, 'bin');
    this.engineFolder = join(root, 'data of Ada', 'engine');
    vi.stubEnv('PATH', `${this.bin}${delimiter}${process.env.PATH}`);
    vi.stubEnv('PRETEND', root);
  }

  static async create(): Promise<PretendSystem> {
    const system = new PretendSystem(await mkdtemp(join(tmpdir(), 'vmb-install-')));
    await mkdir(system.bin);
    return system;
  }

  /** A program that notes how it was called and then runs `body`; $PRETEND is the root of all. */
  async addProgram(name: string, body = ''): Promise<void> {
    const file = join(this.bin, name);
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >> "$PRETEND/calls"\n${body}\n`);
    await chmod(file, 0o755);
  }

  async calls(): Promise<string[]> {
    const text = await readFile(join(this.root, 'calls'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  }

  host(settings: Partial<InstallHost> = {}): InstallHost {
    return {
      platform: 'linux',
      administrator: true,
      osRelease: 'ID=debian',
      findProgram: name => findProgram(name, { environment: { PATH: this.bin } }),
      ...settings,
    };
  }

  install(settings: Partial<EngineInstallRequest> = {}) {
    const host = settings.host ?? this.host();
    return installEngine({
      host,
      planOnly: false,
      method: 'auto',
      force: false,
      settings: { firmwareFolders: [join(this.root, 'firmware')] },
      engineFolder: this.engineFolder,
      cacheFolder: join(this.root, 'cache'),
      downloadUrl: 'http://127.0.0.1:1/',
      signal: new AbortController().signal,
      progress: update => this.updates.push(update),
      search: { platform: host.platform, environment: { PATH: '' }, folders: [join(this.root, 'usr')] },
      policy: { stallMs: 2000, deadlineMs: 20_000, tries: 3, firstPauseMs: 5, longestPauseMs: 20 },
      ...settings,
    });
  }

  messages(): string[] {
    return this.updates.map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    vi.unstubAllEnvs();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Shell text that puts a QEMU of some version into a folder, given in the words of a shell. */
export function putEngine(folder: string, version: string, suffix = ''): string {
  return [
    `mkdir -p ${folder} "$PRETEND/firmware"`,
    `printf '#!/bin/sh\\necho QEMU emulator version ${version}\\n' > ${folder}/qemu-system-x86_64${suffix}`,
    `printf '#!/bin/sh\\necho qemu-img version ${version}\\n' > ${folder}/qemu-img${suffix}`,
    `chmod 755 ${folder}/qemu-*`,
    'echo x > "$PRETEND/firmware/OVMF_CODE_4M.fd"; echo x > "$PRETEND/firmware/OVMF_VARS_4M.fd"',
  ].join('\n');
}
