import {
  chmodSync,
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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  engineVersion,
  ensurePowerShell,
  findPowerShellEngine,
  isPowerShellNewEnough,
} from '../../scripts/setup/powershell-engine.mjs';

describe('a version of PowerShell', () => {
  it.each([
    ['PowerShell 7.6.9\n', true],
    ['PowerShell 7.2.0-preview.1', true],
    ['PowerShell 10.0.0', true],
    ['PowerShell 7.1.7', false],
    ['PowerShell 6.9.0', false],
    ['', false],
    ['7.6.9', false],
  ])('%j: %s', (text, fits) => {
    expect(isPowerShellNewEnough(text)).toBe(fits);
  });
});

describe.skipIf(process.platform === 'win32')('PowerShell for the tests (stand-ins are shell scripts)', () => {
  let folder = '';
  let places = { cache: '', searchPath: '' };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'vmb-engine-'));
    mkdirSync(path.join(folder, 'bin'));
    places = { cache: path.join(folder, 'cache'), searchPath: path.join(folder, 'bin') };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const installed = () => path.join(places.cache, `powershell-${engineVersion}`, 'pwsh');

  function place(file: string, script: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  const onPath = (name: string, script: string) => place(path.join(folder, 'bin', name), script);

  /** Says its version, writes down how it is called, and then does what the real one is to be taken to do. */
  function dotnet(version: string, install: string) {
    onPath(
      'dotnet',
      `if [ "$1" = --version ]; then echo ${version}; exit 0; fi
       echo "$DOTNET_CLI_TELEMETRY_OPTOUT $*" >> '${folder}/calls'
       for folder in "$@"; do :; done
       ${install}`,
    );
  }
  const working = `printf '#!/bin/sh\\necho PowerShell 7.6.9\\n' > "$folder/pwsh"; chmod +x "$folder/pwsh"`;
  const calls = () => (existsSync(`${folder}/calls`) ? readFileSync(`${folder}/calls`, 'utf8').trim().split('\n') : []);
  const missing = 'no PowerShell engine: install pwsh 7.2 or later, or the .NET SDK 10';

  it('is that of the system', async () => {
    onPath('pwsh', 'echo PowerShell 7.4.2');
    dotnet('10.0.100', working);
    expect(await ensurePowerShell(places)).toEqual({ program: path.join(folder, 'bin/pwsh') });
    expect(calls()).toEqual([]);
  });

  it('is installed once by the .NET SDK, without telemetry', async () => {
    onPath('pwsh', 'echo PowerShell 7.0.3');
    dotnet('10.0.100', working);
    expect(await ensurePowerShell(places)).toEqual({ program: installed() });
    expect(await ensurePowerShell(places)).toEqual({ program: installed() });
    expect(findPowerShellEngine(places)).toEqual({ program: installed() });
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(/^1 tool install PowerShell --version 7\.6\.9 --tool-path /);
    expect(readdirSync(places.cache)).toEqual([`powershell-${engineVersion}`]);
  });

  it('is installed anew in place of one that does not run', async () => {
    place(installed(), 'exit 1');
    expect(findPowerShellEngine(places)).toEqual({ reason: missing });
    dotnet('10.0.100', working);
    expect(await ensurePowerShell(places)).toEqual({ program: installed() });
  });

  it.each([
    ['fails', 'echo "error NU1101: no such package" >&2; exit 1', 'NU1101'],
    ['gives what does not run', `printf '#!/bin/sh\\nexit 1\\n' > "$folder/pwsh"; chmod +x "$folder/pwsh"`, 'not run'],
    ['gives nothing', 'exit 0', 'not run'],
  ])('is not there when its installation %s, and nothing is left', async (_what, install, reason) => {
    dotnet('10.0.100', install);
    expect(await ensurePowerShell(places)).toEqual({ reason: expect.stringContaining(reason) });
    expect(readdirSync(places.cache)).toEqual([]);
  });

  it.each([
    ['of an older .NET', () => dotnet('8.0.404', working)],
    ['of no SDK', () => onPath('dotnet', 'echo "No .NET SDKs were found." >&2; exit 145')],
    ['of nothing', () => {}],
  ])('is not made out %s', async (_what, prepare) => {
    prepare();
    expect(await ensurePowerShell(places)).toEqual({ reason: missing });
    expect(calls()).toEqual([]);
    expect(existsSync(places.cache)).toBe(false);
  });
});
