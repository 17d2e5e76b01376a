import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { logFile } from './places.mjs';
import { clearPassing, say, sayPassing } from './say.mjs';
import { explainOutput, SetupError } from './setup-error.mjs';

const passedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Gives signals on to the child, so that ending the script ends what it started. */
function passSignals(child) {
  const handlers = passedSignals.map(signal => [signal, () => child.kill(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/** Exit status as a shell gives it: 128 and the signal's number for a child that a signal ended. */
function statusOf(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/** Runs a program on this script's own stdin, stdout and stderr; gives its exit status. */
export async function runVisibly(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    const stop = passSignals(child);
    child.once('error', error => {
      stop();
      reject(new SetupError(`${file} could not be started: ${error.message}`, { cause: error }));
    });
    child.once('exit', (code, signal) => {
      stop();
      resolve(statusOf(code, signal));
    });
  });
}

/** A full disk must not hide what the program itself says about it. */
function writeLog(text) {
  try {
    mkdirSync(dirname(logFile), { recursive: true });
    appendFileSync(logFile, text);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}

/** Runs a program and gives { status, output, stdout }; its output goes to the log, and its last line to a terminal. */
export async function runQuietly(file, args, { onTerminal = false, ...options } = {}) {
  writeLog(`\n${new Date().toISOString()} ${file} ${args.join(' ')}\n`);
  return new Promise(resolve => {
    // sudo asks for its password on the terminal itself, so stdin may stay with it.
    const child = spawn(file, args, { ...options, stdio: [onTerminal ? 'inherit' : 'ignore', 'pipe', 'pipe'] });
    const stop = passSignals(child);
    let output = '';
    let stdout = '';
    const take = chunk => {
      output = (output + chunk).slice(-200_000);
      writeLog(chunk);
      const line = chunk
        .toString()
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1);
      if (line) sayPassing(`  ${line}`);
    };
    child.stdout.on('data', chunk => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr.on('data', take);
    child.once('error', error => {
      stop();
      resolve({ status: 127, output: error.message, stdout });
    });
    child.once('close', (code, signal) => {
      stop();
      clearPassing();
      resolve({ status: statusOf(code, signal), output, stdout });
    });
  });
}

/** A named step: says it, runs the program, says how long it took; throws with the output's end when it fails. */
export async function runStep(title, file, args, options = {}) {
  const started = Date.now();
  say(`${title} …`);
  const result = await runQuietly(file, args, options);
  if (result.status !== 0) throw stepFailed(title, result);
  say(`${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

export function stepFailed(title, { status, output }) {
  const end = output.trimEnd().split('\n').slice(-20).join('\n');
  const remedy =
    explainOutput(output) ?? 'When that is mended, run the same command again: finished steps are not repeated.';
  return new SetupError(`${title} failed (exit status ${status}). All of its output is in ${logFile}`, {
    output: end,
    remedy,
  });
}
