import { z } from 'zod';
import { plainText } from '../../disk/guest/plain-text.ts';
import { Fault } from '../../errors/fault.ts';
import type { Finding } from './check-context.ts';
import type { AgentLine } from './guest/agent-line.ts';

const remedy =
  'Install it in the machine that is backed up: apt install qemu-guest-agent, dnf install qemu-guest-agent, or on Windows ' +
  'guest-agent\\qemu-ga-x86_64.msi of the VirtIO driver disc with the driver vioserial.';

const noChannel =
  'This machine has no channel for a guest agent: on a Windows host QEMU gives it none. Check files and commands instead, which ' +
  'are looked for in the image or typed at the console.';

const systemShape = z.object({
  'pretty-name': z.string().optional(),
  name: z.string().optional(),
  'kernel-release': z.string().optional(),
});

/** Whether the guest agent answers, and what system it says that it runs on. */
export async function checkAgent(line: AgentLine, seconds: number, signal: AbortSignal): Promise<Finding> {
  const withAgent = await line.find(seconds, signal);
  if (!withAgent) {
    const detail = (await line.hasChannel()) ? `No guest agent answered within ${seconds} s. ${remedy}` : noChannel;
    return { passed: false, detail };
  }
  const raw = await withAgent(agent => agent.execute('guest-get-osinfo', {}, { signal }), { signal }).catch(
    (error: unknown) => {
      // Older agents do not know the question, and some may not answer it.
      if (!signal.aborted && error instanceof Fault && error.code !== 'host_fault') return undefined;
      throw error;
    },
  );
  const { data } = systemShape.safeParse(raw);
  const system = data?.['pretty-name'] ?? data?.name;
  const kernel = data?.['kernel-release'];
  if (system === undefined) return { passed: true, detail: 'The guest agent answers.' };
  const words = kernel === undefined ? system : `${system}, kernel ${kernel}`;
  return { passed: true, detail: `The guest agent answers; it runs on ${plainText(words)}.` };
}
