import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDraftFolder, sweepDraftFolders } from '../../src/host/draft-folder.ts';

const module = path.resolve(import.meta.dirname, '../../src/host/draft-folder.ts');

describe('a draft folder', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'vmb-draft-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** A process that has made one and waits. */
  async function makeElsewhere(parent: string) {
    const code = `import { createDraftFolder } from ${JSON.stringify(module)};
      console.log((await createDraftFolder(${JSON.stringify(parent)})).path); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    return { child, folder: String(line).trim() };
  }

  it('is private, and goes with all it holds', async () => {
    const draft = await createDraftFolder(root);
    expect(path.dirname(draft.path)).toBe(root);
    expect((await stat(draft.path)).mode & 0o777).toBe(0o700);
    await writeFile(path.join(draft.path, 'image.raw'), 'x');
    await draft.remove();
    await draft.remove();
    expect(await readdir(root)).toEqual([]);
  });

  it('needs its parent', async () => {
    await expect(createDraftFolder(path.join(root, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is swept when its process was killed, not while that runs', async () => {
    const parent = path.join(root, 'swept');
    await mkdir(parent);
    const own = await createDraftFolder(parent);
    const { child, folder } = await makeElsewhere(parent);
    await writeFile(path.join(folder, 'image.raw'), 'half');
    expect(await sweepDraftFolders(parent)).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await sweepDraftFolders(parent)).toEqual([folder]);
    expect(await readdir(parent)).toEqual([path.basename(own.path)]);
  });

  it('of another host, another user or another program is left alone', async () => {
    const parent = path.join(root, 'foreign');
    await mkdir(parent);
    const own = path.basename((await createDraftFolder(parent)).path);
    const elsewhere = own.replace(/^(\.vmbridge-draft-)[0-9a-f]{12}-\d+/, '$1000000000000-999999');
    const gone = own.replace(/-\d+-([0-9a-f]{12}-[0-9a-f]{12})$/, '-4194304-$1');
    for (const name of [elsewhere, '.vmbridge-draft', `${gone}.bak`, 'photos']) await mkdir(path.join(parent, name));
    await writeFile(path.join(parent, gone), 'a file of that name');
    const linked = gone.replace(/.$/, last => (last === '0' ? '1' : '0'));
    await symlink(root, path.join(parent, linked));
    const before = await readdir(parent);
    expect(await sweepDraftFolders(parent)).toEqual([]);
    expect(await readdir(parent)).toEqual(before);
  });

  it('whose process number was given to another is swept; one of a process known by its start is not, however old', async () => {
    const parent = path.join(root, 'reused');
    await mkdir(parent);
    const own = path.basename((await createDraftFolder(parent)).path);
    const reused = path.join(parent, own.replace(/-[0-9a-f]{12}-([0-9a-f]{12})$/, '-abcdefabcdef-$1'));
    await mkdir(reused);
    const old = path.join(parent, own.replace(/[0-9a-f]{12}$/, '0123456789ab'));
    await mkdir(old);
    await utimes(old, 1, 1);
    expect((await sweepDraftFolders(parent)).sort()).toEqual([reused]);
    expect((await readdir(parent)).sort()).toEqual([own, path.basename(old)].sort());
  });
});
