import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../scripts/build/plugins.ts';

const limit = 10;

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** What `npm install` unpacks: vmbridge has no dependencies at run time. The data for reading screens counts apart. */
export function measureSize(): void {
  const tsx = path.join(root, 'node_modules/tsx/dist/cli.mjs');
  const built = spawnSync(process.execPath, [tsx, 'scripts/build.ts'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('The build failed.');
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [pack] = JSON.parse(stdout) as { files: PackedFile[] }[];
  const sum = (files: readonly PackedFile[]) => files.reduce((total, file) => total + file.size, 0) / 1e6;
  const recogniser = (pack?.files ?? []).filter(file => file.path.startsWith('dist/ocr/'));
  const rest = (pack?.files ?? []).filter(file => !recogniser.includes(file));
  console.log('\nInstalled size, megabytes');
  console.log(`  optical recogniser with its data: ${sum(recogniser).toFixed(2)}`);
  const verdict = sum(rest) <= limit ? 'reached' : 'NOT reached';
  console.log(`  all else, ${rest.length} files: ${sum(rest).toFixed(2)}; aim ≤ ${limit}: ${verdict}`);
}
