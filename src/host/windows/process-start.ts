import { runProgram } from '../run-program.ts';
import { getSystemProgram } from './system-program.ts';

/**
 * When a process of Windows started, in ISO form. For this process from its own clock; any other has to be asked for
 * through PowerShell, which takes about a second.
 */
export async function readWindowsStart(pid: number): Promise<string | undefined> {
  if (pid === process.pid) return new Date(performance.timeOrigin).toISOString();
  const script = '(Get-Process -Id ([int][Console]::In.ReadToEnd())).StartTime.ToUniversalTime().ToString("o")';
  const options = { input: String(pid), timeoutMs: 20_000 };
  const program = getSystemProgram('WindowsPowerShell\\v1.0\\powershell.exe');
  const { stdout } = await runProgram(program, ['-NoProfile', '-NonInteractive', '-Command', script], options);
  return stdout.trim() || undefined;
}

/** A process reads its own clock some milliseconds after Windows has noted its start; a number is not used again so soon. */
export function isSameStart(one: string, other: string): boolean {
  return one === other || Math.abs(Date.parse(one) - Date.parse(other)) < 2000;
}
