import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from '../../scripts/sample/run-tool.ts';

/** Words for a skipped test when installers cannot be built here. */
export function missingInstallerTools(...more: string[]): string | undefined {
  const missing = ['makensis', ...more].filter(name => findTool(name) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/**
 * Builds a real installer of NSIS with stand-ins of QEMU's programs, which goes to C:\wrong unless it is told where else.
 * Returns its path.
 */
export function buildInstaller(folder: string, version: string): string {
  writeFileSync(join(folder, 'qemu-system-x86_64.exe'), `#!/bin/sh\necho QEMU emulator version ${version}\n`);
  writeFileSync(join(folder, 'qemu-img.exe'), `#!/bin/sh\necho qemu-img version ${version}\n`);
  const script = [
    'Unicode true',
    'OutFile "real setup.exe"',
    'Name "pretend QEMU"',
    'RequestExecutionLevel user',
    'InstallDir "C:\\wrong"',
    'Section',
    'SetOutPath "$INSTDIR"',
    'File "qemu-system-x86_64.exe"',
    'File "qemu-img.exe"',
    'WriteUninstaller "$INSTDIR\\qemu-uninstall.exe"',
    'SectionEnd',
    'Section "Uninstall"',
    'SectionEnd',
  ];
  writeFileSync(join(folder, 'setup.nsi'), `${script.join('\n')}\n`);
  execFileSync('makensis', ['-V1', '-XTarget amd64-unicode', 'setup.nsi'], { cwd: folder });
  return join(folder, 'real setup.exe');
}
