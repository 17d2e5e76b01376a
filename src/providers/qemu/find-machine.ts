import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import type { DamagedMachine } from '../../qemu/machines/definition-files.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import type { QemuSession } from './session.ts';

const prefix = 'qemu:local/';

export function idOf(name: string): string {
  return `${prefix}${name}`;
}

/** The name of a throw-away guest is that of its run folder; a kept machine may have been renamed since it was started. */
export function nameOf(record: { readonly folder: string; readonly name?: string | undefined }): string {
  return record.name ?? path.basename(record.folder);
}

/** A machine: kept over restarts, or running, or both; or a throw-away one that broke down, or one with a damaged file. */
export interface FoundMachine {
  readonly name: string;
  readonly definition?: MachineDefinition | undefined;
  readonly record?: GuestRecord | undefined;
  readonly damaged?: DamagedMachine | undefined;
}

/** Every machine of this user. */
export async function listFound(session: QemuSession): Promise<FoundMachine[]> {
  // In this order: a run that ends in between is settled in the definition by then.
  const runs = await session.runs();
  const { definitions, damaged } = await session.store.listAll();
  const alive = runs.filter(run => run.alive).map(run => run.record);
  const kept = definitions.map(definition => ({
    name: definition.name,
    definition,
    record: alive.find(record => record.definition === definition.id),
  }));
  const throwAway = alive
    .filter(record => record.definition === undefined)
    .map(record => ({ name: nameOf(record), record }));
  // One that has been started again under its name is not broken any more.
  const broken = [...session.broken.keys()].filter(name => !throwAway.some(other => other.name === name));
  const unreadable = damaged.map(each => ({
    name: each.name,
    damaged: each,
    record: alive.find(record => record.definition === each.id),
  }));
  return [...kept, ...throwAway, ...broken.map(name => ({ name })), ...unreadable];
}

/** The machine with an id or a name. Throws `not_found`. */
export async function findMachine(session: QemuSession, reference: string): Promise<FoundMachine> {
  const name = reference.startsWith(prefix) ? reference.slice(prefix.length) : reference;
  const machines = await listFound(session);
  const found = machines.find(machine => machine.name === name);
  if (found !== undefined) return found;
  throw new Fault('not_found', `There is no QEMU machine "${name}".`, {
    remedy: 'See vm.list for those there are.',
    data: { field: 'vm', candidates: machines.slice(0, 20).map(machine => idOf(machine.name)) },
  });
}

/** The machine that is kept over restarts. Throws `unsupported` for a throw-away one. */
export async function findKept(
  session: QemuSession,
  reference: string,
): Promise<FoundMachine & { readonly definition: MachineDefinition }> {
  const found = await findMachine(session, reference);
  const { definition, damaged } = found;
  if (definition !== undefined) return { ...found, definition };
  if (damaged !== undefined) throw describeDamage(damaged);
  throw new Fault('unsupported', `The machine "${found.name}" is a throw-away one: it lasts until it stops.`, {
    remedy: 'Make one that is kept with vm.create.',
    data: { field: 'vm' },
  });
}

function describeDamage({ name, file, problem }: DamagedMachine): Fault {
  return new Fault('host_fault', `The machine "${name}" can not be used. ${problem}`, {
    remedy: `Put the file right or back from a backup, or give the machine up: vmbridge call vm.delete --vm ${quoteWord(idOf(name))}`,
    data: { field: 'vm', file },
  });
}

/** The record of a machine that runs. Throws `not_found`, or `conflict` when it is stopped. */
export async function findRecord(session: QemuSession, reference: string): Promise<GuestRecord> {
  const { name, record, damaged } = await findMachine(session, reference);
  if (record !== undefined) return record;
  if (damaged !== undefined) throw describeDamage(damaged);
  throw new Fault('conflict', `The machine "${name}" does not run.`, {
    remedy: `Start it first: vmbridge call vm.start --vm ${quoteWord(idOf(name))}`,
    data: { field: 'vm', state: 'stopped' },
  });
}

/** Throws `conflict` when the machine runs. */
export function requireStopped({ name, record }: FoundMachine, what: string): void {
  if (record === undefined) return;
  throw new Fault('conflict', `The machine "${name}" runs; ${what} only while it is stopped.`, {
    remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(idOf(name))}`,
    data: { field: 'vm', state: 'running' },
  });
}
