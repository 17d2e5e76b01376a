import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { readHostBoot } from '../../../src/host/host-boot.ts';
import { identifyProcess, isProcessAlive } from '../../../src/host/process-identity.ts';
import { createRunFolder, sweepRunFolders } from '../../../src/host/run-folder.ts';
import { runProgram } from '../../../src/host/run-program.ts';
import { startProgram } from '../../../src/host/start-program.ts';

const node = process.execPath;
const forever = ['-e', 'setInterval(() => {}, 1000)'];

async function endedProcess() {
  const child = spawn(node, forever);
  const identity = await identifyProcess(child.pid ?? 0);
  child.kill();
  await once(child, 'exit');
  return identity;
}

export async function tellProcesses() {
  const self = await identifyProcess(process.pid);
  const other = spawn(node, forever);
  const alive = await isProcessAlive(await identifyProcess(other.pid ?? 0));
  other.kill();
  await once(other, 'exit');
  return {
    self: { ...self, age: Date.now() - Date.parse(self.start ?? '') },
    selfAlive: await isProcessAlive(self),
    reused: await isProcessAlive({ pid: process.pid, start: '2001-01-01T00:00:00.000Z' }),
    alive,
    ended: await isProcessAlive(await endedProcess()),
    boot: await readHostBoot(),
  };
}

export async function sweepFolders() {
  const parent = 'C:\\vmb tests\\runs';
  const mine = await createRunFolder(parent, 'mine');
  // A process is killed while it keeps a file of its folder open.
  const theirs = path.join(parent, 'theirs');
  mkdirSync(theirs);
  writeFileSync(path.join(theirs, 'log'), '');
  const file = JSON.stringify(path.join(theirs, 'log'));
  const owner = spawn(node, [
    '-e',
    `require('fs').openSync(${file}, 'a'); console.log(1); setInterval(() => {}, 1000)`,
  ]);
  await once(owner.stdout, 'data');
  const note = { pid: owner.pid, startedAt: new Date().toISOString() };
  writeFileSync(path.join(theirs, 'owner.json'), JSON.stringify(note));
  const before = await sweepRunFolders(parent);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const after = await sweepRunFolders(parent);
  await mine.remove();
  return { before, after, left: await readdir(parent) };
}

/** Each of many texts as an argument of its own, handed to a child that prints what it got. */
export async function handOverArguments(seed: number) {
  const nasty = fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '\\\\',
    '%PATH%',
    '%',
    '^',
    '&',
    '|',
    ' ',
    '\t',
    '\n',
    '!',
    "'",
    '`',
    '$(x)',
    '日本',
    'é',
    '👍',
    ',',
    '*',
    '?',
    '-',
    '/',
    '=',
  );
  const text = fc.oneof(
    fc.array(nasty, { maxLength: 8 }).map(parts => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  const usable = text.filter(one => !one.includes('\0') && one.isWellFormed());
  const lists = fc.sample(fc.array(usable, { maxLength: 25 }), { numRuns: 14, seed });
  const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  const wrong: unknown[] = [];
  for (const args of [['', '', 'a', ''], ...lists]) {
    const { stdout } = await runProgram(node, ['-e', print, '--', ...args]);
    if (stdout !== JSON.stringify(args)) wrong.push({ args, stdout });
  }
  return { tried: lists.length + 1, wrong };
}

/** A process that starts another, out of reach of the job that Node puts its children into, and tells its number. */
function treeScript(depth: number, file: string): string[] {
  const code = `
    const [depth, file] = process.argv.slice(1);
    require('fs').appendFileSync(file, process.pid + '\\n');
    if (depth > 0) require('child_process').spawn(process.execPath, ['-e', process.env.CODE, '--', depth - 1, file], { detached: true, stdio: 'ignore' });
    setInterval(() => {}, 1000);`;
  process.env.CODE = code;
  return ['-e', code, '--', String(depth), file];
}

async function readTree(file: string, depth: number): Promise<number[]> {
  const { readFile } = await import('node:fs/promises');
  for (let attempt = 0; attempt < 300; attempt++) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const numbers = text.split('\n').filter(Boolean).map(Number);
    if (numbers.length === depth + 1) return numbers;
    await delay(50);
  }
  throw new Error('the tree did not grow');
}

async function listAlive(numbers: readonly number[]): Promise<number[]> {
  await delay(500);
  const alive = await Promise.all(numbers.map(pid => isProcessAlive({ pid })));
  return numbers.filter((_, at) => alive[at]);
}

export async function killTree() {
  mkdirSync('C:\\vmb tests', { recursive: true });
  const started = 'C:\\vmb tests\\started.txt';
  const program = await startProgram(node, treeScript(2, started));
  const tree = await readTree(started, 2);
  program.kill();
  const { code } = await program.exited;
  return { tree: tree.length, code: code !== 0, left: await listAlive(tree) };
}

export async function cancelTree(how: 'cancel' | 'timeout') {
  mkdirSync('C:\\vmb tests', { recursive: true });
  const file = `C:\\vmb tests\\${how}.txt`;
  const leaving = new AbortController();
  const options = how === 'cancel' ? { signal: leaving.signal } : { timeoutMs: 4000 };
  const outcome = runProgram(node, treeScript(2, file), options).catch((error: { code: string }) => error.code);
  const tree = await readTree(file, 2);
  leaving.abort();
  const code = await outcome;
  return { tree: tree.length, code, left: await listAlive(tree) };
}

export async function explainMissing() {
  const script = 'C:\\vmb tests\\script.cmd';
  mkdirSync('C:\\vmb tests', { recursive: true });
  writeFileSync(script, 'echo %*');
  writeFileSync('planted.exe', '');
  const outcomes = await Promise.all(
    ['C:\\nowhere\\program.exe', 'no-such-program', 'planted', script].map(file =>
      runProgram(file, ['&', 'calc']).catch((error: { code: string }) => error.code),
    ),
  );
  const version = execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).trim();
  return { outcomes, version, platform: process.platform };
}
