import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { identifyProcess } from '../../../../src/host/process-identity.ts';
import { type ProgramExit, startProgram } from '../../../../src/host/start-program.ts';
import { buildVncArguments, type VncPlaces } from '../../../../src/qemu/console/vnc-arguments.ts';
import { findEngine } from '../../../../src/qemu/find-engine.ts';
import { writeGuestRecord } from '../../../../src/qemu/guest/machine-record.ts';
import { connectQmp } from '../../../../src/qemu/qmp/connect-qmp.ts';

/** A machine of somebody else: this process knows it only by its record. */
export interface VncGuest {
  readonly name: string;
  readonly folder: string;
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
  stop(): Promise<void>;
}

/** Where the sockets of a machine's folder lie. */
export function socketsIn(folder: string): VncPlaces & { kind: 'sockets' } {
  return { kind: 'sockets', open: path.join(folder, 'vnc.sock'), guarded: path.join(folder, 'vnc-guarded.sock') };
}

/** Starts a bare QEMU, with the firmware's screen, in a new folder below `runRoot` with a record in it. */
export async function startVncGuest(
  runRoot: string,
  name: string,
  places: (folder: string) => VncPlaces | undefined,
): Promise<VncGuest> {
  await mkdir(path.join(runRoot, name), { recursive: true, mode: 0o700 });
  const folder = await realpath(path.join(runRoot, name));
  const { system, version } = await findEngine();
  const visitor = path.join(folder, 'visitor.sock');
  const escaped = visitor.replaceAll(',', ',,');
  const displays = places(folder);
  const program = await startProgram(
    system,
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-accel', 'tcg', '-m', '32M'],
      ...['-device', 'VGA', '-chardev', `socket,id=visitor,path=${escaped},server=on,wait=off`],
      ...['-mon', 'chardev=visitor,mode=control'],
      ...(displays === undefined ? [] : buildVncArguments(displays)),
    ],
    { cwd: folder },
  );
  const stop = async () => {
    program.kill();
    await program.exited;
  };
  const qmp = await connectQmp(visitor, { connectMs: 20_000 }).catch(async (error: unknown) => {
    await stop();
    throw new Error((await program.exited).stderr, { cause: error });
  });
  qmp.close();
  await writeGuestRecord({
    folder,
    process: await identifyProcess(program.pid),
    owner: await identifyProcess(process.pid),
    startedAt: new Date().toISOString(),
    image: { path: '/none', format: 'raw' },
    machine: 'q35',
    accelerator: 'tcg',
    engine: { system, version: version.text },
    outlives: false,
    visitor,
  });
  return { name, folder, pid: program.pid, exited: program.exited, stop };
}
