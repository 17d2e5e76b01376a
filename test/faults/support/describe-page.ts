import { engineFaults } from '../cases/engine.ts';
import { guestFaults } from '../cases/guest.ts';
import { hostFaults } from '../cases/host.ts';
import { imageFaults } from '../cases/image.ts';
import { machineFaults } from '../cases/machine.ts';
import { networkFaults } from '../cases/network.ts';
import { slowFaults } from '../cases/slow.ts';
import type { FaultCase } from './fault-case.ts';

export const allFaults: Readonly<Record<string, readonly FaultCase[]>> = {
  Images: imageFaults,
  'QEMU and accelerators': engineFaults,
  'Disks, files and rights': hostFaults,
  Networks: networkFaults,
  Machines: machineFaults,
  Guests: guestFaults,
  'After a while': slowFaults,
};

const introduction = `# Faults

What can go wrong, and what vmbridge makes of it. Each row is a test in \`test/faults\`, from whose data this page is written: the call ends in time
as the row says, with the next step in \`remedy\`; no process, folder or draft of it is left, and the server answers the next call. An answer
without a code is no failed call: the fault is told in its result.
`;

/** docs/faults.md */
export function describePage(): string {
  const sections = Object.entries(allFaults).map(([title, cases]) => {
    const rows = cases.map(each => `| ${each.name} | ${describeAnswer(each)} | ${each.done} |`);
    return [
      `## ${title}`,
      '',
      '| what is wrong | answer | what is done, and the remedy |',
      '| --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return `${[introduction, ...sections.map(section => `${section}\n`)].join('\n')}`;
}

function describeAnswer({ expect }: FaultCase): string {
  return 'told' in expect ? expect.told : `\`${expect.code}\``;
}
