import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type MockInstance, vi } from 'vitest';
import type { PlanStep } from '../../../../../src/model/plan.ts';
import { findEngine } from '../../../../../src/qemu/find-engine.ts';

/** A qemu-img that writes its arguments down and is the real one otherwise. `taken` tells them and forgets them. */
export async function watchImg(folder: string): Promise<{ file: string; taken(): string[][] }> {
  const { img } = await findEngine();
  const file = path.join(folder, 'qemu-img');
  const log = path.join(folder, 'qemu-img.log');
  writeFileSync(file, `#!/bin/bash\nprintf '%s\\0' "$@" $'\\n' >>'${log}'\nexec '${img}' "$@"\n`);
  chmodSync(file, 0o755);
  return {
    file,
    taken: () => {
      const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
      rmSync(log, { force: true });
      return text
        .split('\0\n\0')
        .filter(line => line !== '')
        .map(line => [file, ...line.split('\0')]);
    },
  };
}

/** Arguments of those that only look. */
const looks = ['info', 'measure', 'map', '--version'];
export const isWork = ([, verb = '']: readonly string[]) => !looks.includes(verb);

export const commandsOf = (steps: readonly PlanStep[]) => steps.flatMap(step => (step.command ? [step.command] : []));
export const requestsOf = (steps: readonly PlanStep[]) =>
  steps.flatMap(step => (step.request ? [step.request.body] : []));

type Execute = (command: string, args?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** What a client really sends while `work` goes on, without questions, written as a plan writes it. */
export async function sentBy(client: { execute: Execute }, work: () => Promise<unknown>): Promise<object[]> {
  const spy: MockInstance<Execute> = vi.spyOn(client, 'execute');
  try {
    await work();
    return spy.mock.calls
      .filter(([command]) => !/^(query-|qmp_|guest-exec-status|guest-ping)/.test(command))
      .map(([execute, args = {}]) => ({ execute, ...(Object.keys(args).length === 0 ? {} : { arguments: args }) }));
  } finally {
    spy.mockRestore();
  }
}

/** Every file below a folder, with when it was written and the sum of its content. */
export function photograph(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return names.sort().map(name => {
    const found = statSync(path.join(folder, name));
    const sum = found.isFile()
      ? createHash('sha256')
          .update(readFileSync(path.join(folder, name)))
          .digest('hex')
      : '';
    return `${name} ${found.mtimeMs} ${sum}`;
  });
}
