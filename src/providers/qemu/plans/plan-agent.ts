import type { CopyServices } from '../../../qemu/agent/copy-file.ts';
import { lookOverCopyFromGuest } from '../../../qemu/agent/copy-from-guest.ts';
import { lookOverCopyToGuest, partOf } from '../../../qemu/agent/copy-to-guest.ts';
import { describeCopy } from '../../../qemu/agent/describe-copy.ts';
import { closeGuestFile, openGuestFile, readGuestFile, writeGuestFile } from '../../../qemu/agent/guest-file.ts';
import { moveCommand, shellCommand } from '../../../qemu/agent/guest-shell.ts';
import { execArguments } from '../../../qemu/agent/run-command.ts';
import type { Planner } from '../../define-provider.ts';
import { findMachine } from '../find-machine.ts';
import { reachAgent } from '../reach-agent.ts';
import type { QemuSession } from '../session.ts';
import { recordAgent } from './record-requests.ts';

const secret = '<secret>';
/** What the agent says at the end of a file, and to one piece of it. */
const nothingRead = { count: 0, 'buf-b64': '', eof: true };
const oneByte = Buffer.alloc(1);
const oneWritten = { count: 1, eof: false };

/** Values of variables and what the program reads are nobody's business. */
export const planExec: Planner<QemuSession, 'vm.exec'> = async (session, input, { signal }) => {
  const { command, arguments: args, environment, input: text } = input;
  const { name } = await findMachine(session, input.vm);
  const withAgent = await reachAgent(session, input.vm, signal);
  // It answers, or the call would fail at once.
  await withAgent(async () => {}, { signal });
  const hidden = environment?.map(word => `${word.split('=', 1)[0]}=${secret}`);
  const request = {
    ...execArguments({ command, arguments: args, environment: hidden }),
    ...(text === undefined ? {} : { 'input-data': secret }),
  };
  const summary = `Run a program in the guest, and end it after ${input.timeoutSeconds} s.`;
  return recordAgent(name, summary, agent => agent.execute('guest-exec', request));
};

export const planCopy: Planner<QemuSession, 'vm.copy'> = async (session, input, { signal }) => {
  const { name } = await findMachine(session, input.vm);
  const request = describeCopy(input);
  const services: CopyServices = { withAgent: await reachAgent(session, input.vm, signal), signal, progress: () => {} };
  const { source, target, overwrite } = request;
  const run = (summary: string, command: ReturnType<typeof shellCommand>) =>
    recordAgent(name, summary, agent => agent.execute('guest-exec', execArguments(command)));
  const close = () => recordAgent(name, 'Close it.', agent => closeGuestFile(agent, 0));
  if (input.direction === 'fromGuest') {
    await lookOverCopyFromGuest(request, services);
    const sum = await run('Have the guest sum it, to compare.', shellCommand('hash', [source]));
    return [
      ...(await recordAgent(name, `Open ${source} in the guest.`, agent => openGuestFile(agent, source, 'rb'))),
      ...(await recordAgent(name, 'Read it to its end.', agent => readGuestFile(agent, 0), nothingRead)),
      ...(await close()),
      ...sum.map(step => ({ ...step, condition: 'Where the guest has a shell.' })),
      { summary: 'Write the file of this host.', file: { action: 'create', path: target } },
    ];
  }
  const { size, atomic } = await lookOverCopyToGuest(request, services);
  const place = atomic ? partOf(target, '<random>') : target;
  const writing = `Write the ${size} bytes of ${source} to it.`;
  return [
    ...(await recordAgent(name, `Open ${place} in the guest.`, agent => openGuestFile(agent, place, 'wb'))),
    ...(await recordAgent(name, writing, agent => writeGuestFile(agent, 0, oneByte), oneWritten)),
    ...(await close()),
    ...(atomic ? await run('Have the guest sum it, to compare.', shellCommand('hash', [place])) : []),
    ...(atomic ? await run('Give it its name.', moveCommand(place, target, overwrite)) : []),
  ];
};
