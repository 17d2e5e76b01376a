import { runProgram } from '../run-program.ts';
import { getSystemProgram } from './system-program.ts';

/** A stream of a file beside its content, such as `Zone.Identifier`. */
export interface NamedStream {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

// Paths come as JSON in plain ASCII, since Windows PowerShell reads its input in the code page of the console.
const script = [
  '[Console]::OutputEncoding=[Text.Encoding]::UTF8',
  '$paths=ConvertFrom-Json ([Console]::In.ReadToEnd())',
  '$found=@(foreach($path in $paths){foreach($stream in @(Get-Item -LiteralPath $path -Stream * -ErrorAction SilentlyContinue)){' +
    "if($stream.Stream -ne ':$DATA'){@{path=$path;name=$stream.Stream;size=$stream.Length}}}})",
  'ConvertTo-Json -Compress -InputObject $found',
].join(';');

/**
 * The alternate data streams of files on Windows, by path; all in one question, which takes about a second. Undefined where
 * they can not be asked for.
 */
export async function listStreams(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, NamedStream[]> | undefined> {
  const program = getSystemProgram('WindowsPowerShell\\v1.0\\powershell.exe');
  const options = { input: toAscii(JSON.stringify(paths)), timeoutMs: 30_000, signal };
  try {
    const { exitCode, stdout } = await runProgram(
      program,
      ['-NoProfile', '-NonInteractive', '-Command', script],
      options,
    );
    return exitCode === 0 ? parseStreams(stdout, paths) : undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

function toAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Reads `[{"path":"C:\\a.vhdx","name":"Zone.Identifier","size":26}]`; undefined when it is anything else. */
export function parseStreams(output: string, paths: readonly string[]): ReadonlyMap<string, NamedStream[]> | undefined {
  const streams = new Map<string, NamedStream[]>(paths.map(path => [path, []]));
  let found: unknown;
  try {
    found = JSON.parse(output.replace(/^\ufeff/, '').trim() || '[]');
  } catch {
    return undefined;
  }
  if (!Array.isArray(found)) return undefined;
  for (const each of found) {
    const { path, name, size } = Object(each);
    if (typeof name !== 'string' || !Number.isSafeInteger(size)) return undefined;
    streams.get(path)?.push({ name, size });
  }
  for (const list of streams.values()) list.sort((one, other) => (one.name < other.name ? -1 : 1));
  return streams;
}
