import { Fault } from '../../errors/fault.ts';
import { runProgram } from '../../host/run-program.ts';
import { watchProgram } from '../../host/watch-program.ts';
import type { Engine } from '../engine.ts';
import { nameHolders } from '../guest/name-holders.ts';
import { explainImgFailure, type ImgSubject } from './explain-img-failure.ts';
import { ProgressParser } from './progress-parser.ts';

export interface ImgOptions {
  readonly subject: ImgSubject;
  readonly signal: AbortSignal;
  /** Folder in which the names of files that it makes are looked up. */
  readonly cwd?: string | undefined;
  /** Gets fractions, from 0 to 1; the arguments then contain `-p`. */
  readonly onFraction?: ((fraction: number) => void) | undefined;
  /** Exit codes that are an answer; 0 when left out. */
  readonly answers?: readonly number[] | undefined;
}

export interface ImgAnswer {
  readonly exitCode: number;
  /** Empty when progress was watched. */
  readonly stdout: string;
}

/** Runs qemu-img to its end. Throws what its output means; when aborted, it is gone before this throws. */
export async function runImg(engine: Engine, args: readonly string[], options: ImgOptions): Promise<ImgAnswer> {
  const { subject, answers = [0] } = options;
  const { exitCode, signal, stdout, stderr } = await (options.onFraction ? watch : run)(engine, args, options);
  if (exitCode !== undefined && answers.includes(exitCode)) return { exitCode, stdout };
  throw await nameHolders(explainImgFailure(subject, { program: engine.img, exitCode, signal, stderr }));
}

const environment = { LC_ALL: 'C' };

async function run(engine: Engine, args: readonly string[], { signal, cwd }: ImgOptions) {
  try {
    return { signal: undefined, ...(await runProgram(engine.img, args, { signal, cwd, environment })) };
  } catch (error) {
    const ended = error instanceof Fault ? error.data?.signal : undefined;
    if (typeof ended !== 'string') throw error;
    return { exitCode: undefined, signal: ended, stdout: '', stderr: '' };
  }
}

async function watch(engine: Engine, args: readonly string[], { signal, cwd, onFraction }: ImgOptions) {
  const parser = new ProgressParser(onFraction ?? (() => {}));
  const onOutput = (text: string) => parser.push(text);
  const exit = await watchProgram(engine.img, args, { signal, cwd, environment, onOutput });
  return { exitCode: exit.code, signal: exit.signal, stdout: '', stderr: exit.stderr };
}
