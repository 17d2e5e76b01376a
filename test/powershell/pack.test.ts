import { execFile, execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import { addNode } from '../../scripts/pack/add-node.ts';
import { listFiles } from '../../scripts/pack/list-files.ts';
import { modulePackage } from '../../scripts/pack/module-package.ts';
import { readManifest } from '../../scripts/pack/read-manifest.ts';
import { createTestHome } from '../support/mcp-home.ts';
import { findPowerShell } from '../support/powershell/find-powershell.ts';

const root = path.resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'vmb-pack-'));
const out = path.join(scratch, 'packed');
const moduleFolder = path.join(out, 'VmBridge');
const archive = path.join(out, `VmBridge.${packageFile.version}.nupkg`);
const { program, reason } = findPowerShell();

/** The script as it is called, with its exit status. */
async function pack(...args: readonly string[]) {
  const script = ['--import', 'tsx', path.join(root, 'scripts/pack-powershell.ts'), ...args];
  const options = { cwd: root, env: { ...process.env, INIT_CWD: scratch } };
  return promisify(execFile)(process.execPath, script, options).then(
    ({ stdout }) => ({ status: 0, stdout, stderr: '' }),
    error => ({ status: error.code as number, stdout: String(error.stdout), stderr: String(error.stderr) }),
  );
}

beforeAll(async () => {
  // What a run before has left: it may be replaced.
  mkdirSync(moduleFolder, { recursive: true });
  cpSync(path.join(root, 'ps-module/VmBridge/VmBridge.psd1'), path.join(moduleFolder, 'VmBridge.psd1'));
  writeFileSync(path.join(moduleFolder, 'outdated.ps1'), '');
  const { status, stdout, stderr } = await pack('--out', 'packed');
  if (status !== 0) throw new Error(stderr);
  expect(stdout).toContain(archive);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));

describe('the packed folder', () => {
  it('holds the module and the server, and nothing of what stood there or was used on the way', () => {
    const { name } = path.parse(archive);
    expect(readdirSync(out).sort()).toEqual(['VmBridge', `${name}.nupkg`]);
    expect(readdirSync(scratch)).toEqual(['packed']);
    for (const file of ['VmBridge.psm1', 'LICENSE', 'server/vmbridge.js', 'server/THIRD-PARTY-LICENSES.txt']) {
      expect(existsSync(path.join(moduleFolder, file)), file).toBe(true);
    }
    expect(existsSync(path.join(moduleFolder, 'outdated.ps1'))).toBe(false);
  });

  it('holds every file that its manifest lists, as it stands in the repository', async () => {
    const { files } = await readManifest(moduleFolder);
    expect(files).toContain('VmBridge.psd1');
    const source = path.join(root, 'ps-module/VmBridge');
    for (const file of files) {
      const content = readFileSync(path.join(moduleFolder, file));
      expect(content.equals(readFileSync(path.join(source, file))), file).toBe(true);
    }
  });
});

describe('the package', () => {
  const python = (script: string) => execFileSync('python3', ['-c', script, archive], { encoding: 'utf8' });
  const hasPython = (() => {
    try {
      return execFileSync('python3', ['--version']).length > 0;
    } catch {
      return false;
    }
  })();

  it('holds the files of the folder, byte by byte, beside its own', async () => {
    const files = await listFiles(moduleFolder);
    const entries = unzipSync(readFileSync(archive));
    const own = Object.keys(entries).filter(name => !files.includes(name));
    expect(own.map(name => name.replace(/[0-9a-f]{32}/, 'ID'))).toEqual([
      '[Content_Types].xml',
      '_rels/.rels',
      'VmBridge.nuspec',
      'package/services/metadata/core-properties/ID.psmdcp',
    ]);
    for (const file of files) {
      expect(Buffer.compare(entries[file]!, readFileSync(path.join(moduleFolder, file))), file).toBe(0);
    }
    const parts = strFromU8(entries['_rels/.rels']!);
    for (const name of own.slice(2)) expect(parts).toContain(`Target="/${name}"`);
    const types = strFromU8(entries['[Content_Types].xml']!);
    for (const file of [...own.slice(2), ...files]) {
      const suffix = path.extname(file).slice(1);
      expect(types).toContain(suffix === '' ? `PartName="/${file}"` : `Extension="${suffix}"`);
    }
  });

  it('is read by another program, down to its description', context => {
    if (!hasPython) return context.skip('no python3');
    const found = JSON.parse(
      python(`import json, sys, zipfile, xml.etree.ElementTree as tree
file = zipfile.ZipFile(sys.argv[1])
bad = file.testzip()
names = [name for name in file.namelist() if name.endswith(('.xml', '.rels', '.nuspec', '.psmdcp'))]
parts = {name: tree.fromstring(file.read(name)) for name in names}
space = '{http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd}'
metadata = {each.tag.replace(space, ''): [each.text, each.attrib] for each in parts['VmBridge.nuspec'][0]}
modes = sorted({oct(each.external_attr >> 16) for each in file.infolist()})
times = sorted({str(each.date_time) for each in file.infolist()})
print(json.dumps({'bad': bad, 'metadata': metadata, 'modes': modes, 'times': times}))`),
    );
    expect(found).toMatchObject({ bad: null, modes: ['0o100644', '0o100755'], times: ['(1980, 1, 1, 0, 0, 0)'] });
    expect(found.metadata).toMatchObject({
      id: ['VmBridge', {}],
      version: [packageFile.version, {}],
      authors: ['The vmbridge authors', {}],
      owners: ['The vmbridge authors', {}],
      license: [packageFile.license, { type: 'expression' }],
      description: [expect.stringContaining('Virtual machines'), {}],
    });
    const tags: string[] = found.metadata.tags[0].split(' ');
    for (const tag of [
      'PSModule',
      'PSEdition_Desktop',
      'PSEdition_Core',
      'PSIncludes_Function',
      'PSCommand_Get-VmbVM',
    ]) {
      expect(tags).toContain(tag);
    }
  });

  it('is the same when it is packed again', async () => {
    expect(Buffer.compare(await modulePackage(moduleFolder), readFileSync(archive))).toBe(0);
  });
});

describe('the script', () => {
  it('says what is wrong with its arguments', async () => {
    expect(await pack('--out')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--out.*\n.*Usage: npm run/),
    });
    expect(await pack('--nope')).toMatchObject({ status: 2, stderr: expect.stringContaining("'--nope'") });
    expect(await pack('somewhere')).toMatchObject({ status: 2, stderr: expect.stringContaining("'somewhere'") });
  });

  it('leaves alone what is not its own', async () => {
    const foreign = path.join(scratch, 'foreign');
    mkdirSync(foreign);
    writeFileSync(path.join(foreign, 'thesis.txt'), '');
    const { status, stderr } = await pack('--out', foreign);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`${foreign} holds something else`)]);
    expect(readdirSync(foreign)).toEqual(['thesis.txt']);
    expect(await pack('--out', path.join(foreign, 'thesis.txt'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is not a folder'),
    });
    rmSync(foreign, { recursive: true });
  });
});

describe.skipIf(program === undefined)(`the packed module (${reason ?? 'in a real PowerShell'})`, () => {
  const home = createTestHome();
  const modules = path.join(scratch, "it's a Modüle folder");
  afterAll(home.remove);

  /** Runs in a new PowerShell, which then finds no other programs than those in the folders. */
  function run(script: string, folders: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const { VMBRIDGE_SERVER: _, ...others } = home.environment;
    const env = { ...others, ...more, PSModulePath: modules, POWERSHELL_TELEMETRY_OPTOUT: '1', NO_COLOR: '1' };
    const lines = `$env:PATH = '${folders.join(path.delimiter)}'\n${script}`;
    const args = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', lines];
    return execFileSync(program ?? '', args, { encoding: 'utf8', env }).trim();
  }

  const answer = `Get-VmbProvider | Where-Object id -EQ memory | ForEach-Object available
    (Get-VmBridge).command -join '|'`;

  beforeAll(() => {
    cpSync(moduleFolder, path.join(modules, 'VmBridge'), { recursive: true });
    // What an unlucky user has above: it makes Node take the files below for something else.
    writeFileSync(path.join(modules, 'package.json'), '{ "type": "commonjs" }\n');
  });

  it('is whole for the engine, and answers with its own server by the Node of the search path', () => {
    const server = path.join(modules, 'VmBridge/server');
    const node = path.join(scratch, 'bin');
    mkdirSync(node);
    cpSync(process.execPath, path.join(node, path.basename(process.execPath)));
    const lines = run(
      `(Test-ModuleManifest '${modules.replaceAll("'", "''")}/VmBridge/VmBridge.psd1').Version.ToString()\n${answer}`,
      [node],
    ).split(/\r?\n/);
    expect(lines).toEqual([
      packageFile.version,
      'True',
      [path.join(node, path.basename(process.execPath)), path.join(server, 'vmbridge.js'), 'rpc', '--attended'].join(
        '|',
      ),
    ]);
    rmSync(node, { recursive: true });
  });

  it('comes out of the package as it is when PowerShell itself installs it', context => {
    const place = mkdtempSync(path.join(scratch, 'installed-'));
    const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
    const script = `if (-not (Get-Module -ListAvailable Microsoft.PowerShell.PSResourceGet)) { 'absent'; exit }
      Register-PSResourceRepository -Name packed -Uri ${quoted(out)} -Trusted
      Save-PSResource VmBridge -Repository packed -Path ${quoted(place)} -TrustRepository
      (Find-PSResource VmBridge -Repository packed).Type.ToString()`;
    // It notes its repositories in the user's folders.
    const said = run(script, [], { HOME: place, LOCALAPPDATA: place });
    if (said === 'absent') return context.skip('this PowerShell has no PSResourceGet');
    expect(said).toBe('Module');
    const installed = path.join(place, 'VmBridge', packageFile.version);
    for (const file of readdirSync(moduleFolder, { recursive: true, withFileTypes: true })) {
      if (file.isDirectory()) continue;
      const name = path.relative(moduleFolder, path.join(file.parentPath, file.name));
      expect(readFileSync(path.join(installed, name)).equals(readFileSync(path.join(moduleFolder, name))), name).toBe(
        true,
      );
    }
    if (process.platform !== 'win32') accessSync(path.join(installed, 'server/vmbridge.js'), constants.X_OK);
  });

  it('says what is missing without Node', () => {
    const script = `$e = $null; Get-VmbProvider -ErrorVariable e -ErrorAction SilentlyContinue
      $e[-1].FullyQualifiedErrorId; $e[-1].ErrorDetails.RecommendedAction`;
    expect(run(script, []).split(/\r?\n/)).toEqual([
      'vmbridge.unavailable,Get-VmbProvider',
      expect.stringContaining('Install Node.js 22.19 or later'),
    ]);
  });

  it('needs none on the search path when it carries its own', async () => {
    const server = path.join(modules, 'VmBridge/server');
    await addNode(root, server);
    expect(readFileSync(path.join(server, 'NODE-LICENSE.txt'), 'utf8')).toContain('Node.js');
    const [available, command] = run(answer, []).split(/\r?\n/);
    expect(available).toBe('True');
    expect(command).toBe([path.join(server, 'node'), path.join(server, 'vmbridge.js'), 'rpc', '--attended'].join('|'));
  });
});
