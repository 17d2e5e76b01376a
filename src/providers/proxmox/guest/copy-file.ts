import type { PlanStep } from '../../../model/plan.ts';
import type { CopyRequest } from '../../../qemu/agent/copy-file.ts';
import { describeCopy, reportCopy } from '../../../qemu/agent/describe-copy.ts';
import { moveCommand, shellCommand } from '../../../qemu/agent/guest-shell.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import type { MachineNow } from '../machines/read-machine.ts';
import { type Step, showSteps } from '../machines/step.ts';
import type { ProxmoxSession } from '../session.ts';
import { execRequest, findAgent, readRequest, writeRequest } from './agent-request.ts';
import { appendCommand } from './agent-shell.ts';
import { copyFromGuest, refuseTaken } from './copy-from-guest.ts';
import { copyToGuest, firstPiece, openSource, partOf } from './copy-to-guest.ts';

const ifShell = 'Where the guest has a shell.';

export const copyFile: Operation<ProxmoxSession, 'vm.copy'> = async (session, input, call) => {
  const request = describeCopy(input);
  const now = await findAgent(session, input.vm, call.signal);
  const started = performance.now();
  const copy = input.direction === 'toGuest' ? copyToGuest : copyFromGuest;
  const result = await copy(request, { session, now, signal: call.signal, progress: reportCopy(call) });
  return { ...result, seconds: (performance.now() - started) / 1000 };
};

/** Does not ask the guest what is there: that would run a program in it. */
export const planCopy: Planner<ProxmoxSession, 'vm.copy'> = async (session, input, { signal }): Promise<PlanStep[]> => {
  const request = describeCopy(input);
  const now = await findAgent(session, input.vm, signal);
  if (input.direction === 'toGuest') return showSteps(session, await stepsToGuest(request, now));
  await refuseTaken(request.target);
  return [
    ...showSteps(session, [
      look(now, 'Have the guest look what the source is.', shellCommand('kind', [request.source])),
      step(`Read ${request.source} in the guest.`, readRequest(now.guest, { file: request.source })),
      {
        ...look(now, 'Have the guest sum it, to compare.', shellCommand('hash', [request.source])),
        condition: ifShell,
      },
    ]),
    { summary: 'Write the file of this host.', file: { action: 'create', path: request.target } },
  ];
};

async function stepsToGuest({ source, target, overwrite }: CopyRequest, now: MachineNow): Promise<Step[]> {
  const file = await openSource(source);
  const { size } = await file.stat().finally(() => file.close());
  const place = partOf(target, '<random>');
  const first = writeRequest(now.guest, { file: place, content: '', encode: false });
  return [
    look(now, 'Have the guest look what is at the target.', shellCommand('kind', [target])),
    { ...step(`Write the first of the ${size} bytes of ${source}.`, first), secret: ['content'] },
    ...(size <= firstPiece ? [] : [look(now, 'Add the others, a piece at a time.', appendCommand(place))]),
    look(now, 'Have the guest sum it, to compare.', shellCommand('hash', [place])),
    { ...look(now, 'Give it its name.', moveCommand(place, target, overwrite)), condition: ifShell },
  ];
}

function look(
  { guest }: MachineNow,
  summary: string,
  { command, arguments: args }: ReturnType<typeof shellCommand>,
): Step {
  return step(summary, execRequest(guest, { command: [command, ...args] }));
}

function step(summary: string, request: ProxmoxRequest): Step {
  return { summary, what: 'Copying the file', request, task: false };
}
