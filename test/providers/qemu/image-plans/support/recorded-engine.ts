import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findTool } from '../../../../../scripts/sample/run-tool.ts';
import { tools } from '../../../../../src/catalog/tools.ts';
import type { ToolId } from '../../../../../src/catalog/types.ts';
import type { Plan } from '../../../../../src/model/plan.ts';
import type { Tool } from '../../../../../src/tools/define-tool.ts';
import { type Answer, openTestBridge, type TestBridge } from '../../../../rpc/support/test-bridge.ts';

export const missingEngine = [
  ...(process.platform === 'win32' ? ['a shell for the programs that write down how they are called'] : []),
  ...['qemu-img', 'qemu-system-x86_64'].filter(name => findTool(name) === undefined),
].map(name => `not installed: ${name}`)[0];

/** A bridge with QEMU alone, whose programs write down how they are called and then do what they are called for. */
export interface RecordedEngine extends TestBridge {
  readonly folder: string;
  at(name: string): string;
  plan(id: string, input: object): Promise<Plan>;
  /** What a plan says is run: program and arguments. */
  commands(plan: Plan): string[][];
  /** What was run since the last time, but for what only reads. Names of folders of that run stand as in a plan. */
  ran(): string[][];
  /** All files there are, but for the logs, with what they hold. */
  files(): Record<string, string>;
  done(id: string, input: object): Promise<Answer>;
}

const reading = new Set(['info', 'measure', 'map', '--version', '--help']);

export async function openRecordedEngine(): Promise<RecordedEngine> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-r-'));
  const record = path.join(folder, 'record');
  const img = writeRecorder(path.join(folder, 'img'), findTool('qemu-img') ?? '', record);
  const system = writeRecorder(path.join(folder, 'system'), findTool('qemu-system-x86_64') ?? '', record);
  const home = path.join(folder, 'home');
  const engine = { img, system, accelerator: 'tcg' };
  const test = await openTestBridge({
    memory: false,
    home,
    configuration: { engine, providers: { qemu: { enabled: true } } },
  });
  writeFileSync(record, '');
  // Opened, so that what is there does not come of that.
  await test.call('vm.list');
  return {
    ...test,
    folder,
    at: name => path.join(folder, name),
    plan: (id, input) => test.bridge.plan(id, input, { door: 'cli', signal: new AbortController().signal }),
    commands: ({ steps }) => steps.flatMap(({ command }) => (command === undefined ? [] : [command])),
    ran: () =>
      takeRecord(record)
        .filter(isChange)
        .map(words => words.map(word => hideFolders(word, home))),
    files: () => ({ ...listFiles(home), ...listFiles(folder, name => name !== 'home' && name !== 'record') }),
    done: async (id, input) => {
      const { long }: Tool = tools[id as ToolId];
      const answer = await test.call(id, long ? { wait: 120, ...input } : input);
      return answer.result ?? answer;
    },
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function writeRecorder(file: string, program: string, record: string): string {
  const lines = ['#!/bin/bash', `printf -v line '%s\\x1f' "$0" "$@"`, `printf '%s\\x1e' "$line" >> '${record}'`];
  writeFileSync(file, `${[...lines, `exec '${program}' "$@"`].join('\n')}\n`);
  chmodSync(file, 0o755);
  return file;
}

function takeRecord(record: string): string[][] {
  const calls = readFileSync(record, 'utf8').split('\x1e').filter(Boolean);
  writeFileSync(record, '');
  return calls.map(call => call.split('\x1f').slice(0, -1));
}

/** Trials of an accelerator, and questions about the engine, are none. */
function isChange(words: string[]): boolean {
  const isQuestion = words.some(word => word === 'help' || word.endsWith(',help') || word.includes('path=debug.log'));
  return !reading.has(words[1] ?? '') && !isQuestion && words[words.indexOf('-machine') + 1] !== 'none';
}

function hideFolders(word: string, home: string): string {
  const run = path.join(home, 'run');
  const names = existsSync(run) ? readdirSync(run) : [];
  return names
    .reduce(
      (text, name) => text.replaceAll(path.join(run, name), '<run folder>').replaceAll(name, '<run folder>'),
      word,
    )
    .replace(/^guest=[a-z-]+-[A-Za-z0-9]{6}$/, 'guest=<run folder>')
    .replaceAll(/\.vmbridge-draft-[0-9a-f-]+/g, '<new folder>')
    .replaceAll(new RegExp(`${run}/[a-z]+-[A-Za-z0-9]{6}`, 'g'), '<run folder>')
    .replaceAll(/disk-\d+\.sock/g, '<socket>');
}

/** A log says that a plan was made, and what may be kept of it for the next one is no change. */
function isOfWork(name: string): boolean {
  return name !== 'logs' && name !== 'cache';
}

function listFiles(root: string, isMeant: (name: string) => boolean = isOfWork): Record<string, string> {
  const names = readdirSync(root).filter(isMeant);
  const inner = names
    .filter(name => statSync(path.join(root, name)).isDirectory())
    .flatMap(name =>
      readdirSync(path.join(root, name), { recursive: true, encoding: 'utf8' }).map(each => path.join(name, each)),
    );
  // The record of a call is finished a moment after its answer.
  const all = [...names, ...inner].filter(name => !name.includes('operations'));
  return Object.fromEntries(all.map(name => [path.join(root, name), describeFile(path.join(root, name))]));
}

function describeFile(file: string): string {
  const found = lstatSync(file);
  const isSmall = found.isFile() && found.size < 2 ** 26;
  const content = isSmall ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
  return `${found.mtimeMs} ${found.size} ${content}`;
}
