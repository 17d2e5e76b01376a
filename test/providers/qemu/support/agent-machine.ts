import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTool } from '../../../../scripts/sample/run-tool.ts';
import { tools } from '../../../../src/catalog/tools.ts';
import type { ToolId, ToolInput, ToolOutput } from '../../../../src/catalog/types.ts';
import { identifyProcess } from '../../../../src/host/process-identity.ts';
import { type RunningProgram, startProgram } from '../../../../src/host/start-program.ts';
import type { CallContext } from '../../../../src/model/call.ts';
import type { PlanStep } from '../../../../src/model/plan.ts';
import type { DetailedOperation, Operation } from '../../../../src/providers/define-provider.ts';
import qemu from '../../../../src/providers/qemu/index.ts';
import { QemuSession } from '../../../../src/providers/qemu/session.ts';
import { findEngine } from '../../../../src/qemu/find-engine.ts';
import { writeGuestRecord } from '../../../../src/qemu/guest/machine-record.ts';
import { environmentOf } from '../../memory/support/pretend.ts';
import { findFreePort } from './free-port.ts';

export interface MachineOptions {
  /** Ports of the guest to forward. */
  readonly forwards?: readonly number[];
  readonly image?: string | undefined;
  /** Leaves out the channel of the agent. */
  readonly withoutAgent?: boolean;
}

/** A session of the provider in a home of its own, with machines whose QEMU another program (this test) has started. */
export class AgentBench {
  readonly home = mkdtempSync(path.join(tmpdir(), 'vmb-guest-'));
  readonly session = new QemuSession(environmentOf({}, this.home));
  readonly #programs: RunningProgram[] = [];
  #last = 0;

  /** Starts a machine and tells its name and the host's port for each forwarded one. */
  async start(options: MachineOptions): Promise<{ name: string; pid: number; ports: number[]; folder: string }> {
    this.#last += 1;
    const name = `guest-${this.#last}`;
    const folder = path.join(this.session.runRoot, name);
    mkdirSync(folder, { recursive: true });
    const engine = await findEngine();
    const ports = await Promise.all((options.forwards ?? []).map(findFreePort));
    if (options.image !== undefined) {
      const overlay = ['-f', 'qcow2', '-b', options.image, '-F', 'qcow2', path.join(folder, 'overlay.qcow2')];
      await runTool('qemu-img', ['create', '-q', ...overlay]);
    }
    const program = await startProgram(engine.system, buildArguments(options, ports, folder), { cwd: folder });
    this.#programs.push(program);
    await writeGuestRecord({
      folder,
      process: await identifyProcess(program.pid),
      owner: await identifyProcess(process.pid),
      startedAt: new Date().toISOString(),
      image: { path: options.image ?? '/nowhere', format: 'qcow2' },
      machine: 'q35',
      accelerator: 'tcg',
      engine: { system: engine.system, version: engine.version.text },
      outlives: false,
      visitor: path.join(folder, 'visitor.sock'),
      ...(options.withoutAgent ? {} : { agent: path.join(folder, 'agent.sock') }),
    });
    return { name, pid: program.pid, ports, folder };
  }

  /** Calls a tool as the dispatcher does. */
  async run<Id extends ToolId>(
    id: Id,
    input: Record<string, unknown>,
    call: Partial<CallContext> = {},
  ): Promise<ToolOutput<Id>> {
    const { run } = slotOf(id);
    const output = await run(this.session, tools[id].input.parse(input) as ToolInput<Id>, contextOf(call));
    return tools[id].output.parse(output) as ToolOutput<Id>;
  }

  /** The plan of such a call. */
  async plan<Id extends ToolId>(id: Id, input: Record<string, unknown>): Promise<PlanStep[]> {
    const { plan } = slotOf(id);
    if (plan === undefined) throw new Error(`no plan of ${id}`);
    return plan(this.session, tools[id].input.parse(input) as ToolInput<Id>, contextOf({}));
  }

  async close(): Promise<void> {
    for (const program of this.#programs) program.kill();
    await Promise.all(this.#programs.map(program => program.exited));
    rmSync(this.home, { recursive: true, force: true, maxRetries: 3 });
  }
}

function slotOf<Id extends ToolId>(id: Id): DetailedOperation<QemuSession, Id> {
  const slot = qemu.operations[id] as Operation<QemuSession, Id> | DetailedOperation<QemuSession, Id> | undefined;
  if (slot === undefined) throw new Error(`no slot ${id}`);
  return typeof slot === 'function' ? { run: slot } : slot;
}

function contextOf(call: Partial<CallContext>): CallContext {
  return { signal: new AbortController().signal, door: 'cli', progress() {}, ...call };
}

function buildArguments(
  { forwards = [], image, withoutAgent = false }: MachineOptions,
  ports: number[],
  folder: string,
): string[] {
  const forwarding = forwards.map((port, index) => `,hostfwd=tcp:127.0.0.1:${ports[index]}-:${port}`).join('');
  const file = { driver: 'file', filename: 'overlay.qcow2' };
  const disk = { driver: 'qcow2', 'node-name': 'disk', file };
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35,vmport=off', '-accel', 'tcg'],
    ...['-m', '256M', '-action', 'reboot=reset,shutdown=poweroff,panic=none'],
    ...['-chardev', 'socket,id=visitor,path=visitor.sock,server=on,wait=off', '-mon', 'chardev=visitor,mode=control'],
    ...(image === undefined ? [] : ['-blockdev', JSON.stringify(disk), '-device', 'ide-hd,drive=disk,bus=ide.0']),
    ...['-device', 'virtio-serial-pci'],
    // The path as it is in the record: QEMU tells of a channel by it.
    ...(withoutAgent
      ? []
      : [
          ...['-chardev', `socket,id=agent,path=${path.join(folder, 'agent.sock')},server=on,wait=off`],
          ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
        ]),
    ...['-netdev', `user,id=net,restrict=on${forwarding}`, '-device', 'virtio-net-pci,netdev=net,romfile='],
    ...['-device', 'virtio-balloon-pci'],
    ...['-chardev', 'file,id=serial,path=serial.log', '-device', 'isa-serial,chardev=serial', '-device', 'VGA'],
  ];
}
