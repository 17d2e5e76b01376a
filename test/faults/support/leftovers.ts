import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { filesBelow } from '../../support/leftovers.ts';

/** What a call leaves on purpose: logs, records of operations, what waits for a person's word, remembered trials. */
const kept = ['logs', 'cache', path.join('state', 'operations'), path.join('state', 'approvals')].map(name =>
  path.join('home', name),
);

/** Files below the folder, run folders, and processes that name it or work in it. */
export function listLeftovers(folder: string): string[] {
  const files = filesBelow(folder).filter(file => !kept.some(place => file.startsWith(place + path.sep)));
  return [...files, ...listRuns(folder), ...listProcesses(folder)].sort();
}

function listRuns(folder: string): string[] {
  try {
    return readdirSync(path.join(folder, 'home', 'run')).map(name => `run folder ${name}`);
  } catch {
    return [];
  }
}

export function listProcesses(folder: string): string[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap(pid => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      if (state === 'Z') return [];
      const isOurs = words.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      return isOurs ? [`process ${pid}: ${words.slice(0, 80)}`] : [];
    } catch {
      return [];
    }
  });
}
