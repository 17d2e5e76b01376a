import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** mkfs and friends live in sbin, which is not on an ordinary user's PATH on Debian. */
const searchPath = [process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);

/** The full path of a program, or undefined when it is not installed. */
export function findTool(name: string): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

/** Runs a program to its end and gives its standard output; throws with what it printed when it fails. */
export async function runTool(name: string, args: string[], options: { cwd?: string } = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // LC_ALL: some of the output is parsed. MTOOLSRC: a user's own drive table must not change what is written.
    const env = { ...process.env, PATH: searchPath, LC_ALL: 'C', MTOOLS_SKIP_CHECK: '1', MTOOLSRC: '/dev/null' };
    const settings = { ...options, env, encoding: 'buffer' as const, maxBuffer: 64 * 1024 * 1024 };
    execFile(name, args, settings, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = `${stderr.toString()}${stdout.toString()}`.trim().slice(-2000);
      const missing = 'code' in error && String(error.code) === 'ENOENT';
      const problem = missing
        ? `${name} is not installed`
        : `${name} ${args.join(' ')} failed: ${said || error.message}`;
      reject(new Error(problem, { cause: error }));
    });
  });
}
