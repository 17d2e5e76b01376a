import { z } from 'zod';
import { proofChecks } from '../model/check.ts';
import { acceleratorName } from '../model/engine.ts';
import { firmware, imageInspection } from '../model/image.ts';
import { machine } from '../model/machine.ts';
import { byteCount } from '../model/primitives.ts';
import { proofResult } from '../model/proof.ts';
import { passingState, verdict } from '../model/verdict.ts';
import { defineTool } from './define-tool.ts';
import { inspectionExample, proofExample } from './examples/image.ts';
import { imagePath, newPath, parentPaths, sourceFormat } from './fields/image-path.ts';

const bootOptions = {
  image: imagePath,
  format: sourceFormat,
  parents: parentPaths,
  firmware: z
    .enum(['auto', ...firmware.options])
    .default('auto')
    .describe('"auto" follows the partition table.'),
  machine: z.enum(['auto', 'q35', 'pc']).default('auto').describe('"pc" suits systems from before 2008.'),
  bus: z
    .enum(['auto', 'ahci', 'nvme', 'ide', 'virtio'])
    .default('auto')
    .describe('How the disk is attached; "auto" tries the next where the guest finds no driver.'),
  memoryBytes: byteCount
    .min(64 * 2 ** 20)
    .optional()
    .describe('Default: half of what is free, at most 2 GiB.'),
  cpus: z.int().min(1).max(64).optional().describe('Default: 2, or 1 on a host with one core.'),
  accelerator: z
    .enum(['auto', ...acceleratorName.options])
    .default('auto')
    .describe('"auto" takes the first that works.'),
  network: z.enum(['none', 'restricted']).default('none').describe('"restricted" has a card but reaches nothing.'),
  limitSeconds: z
    .int()
    .min(5)
    .max(86_400)
    .optional()
    .describe('Longest time until the verdict. Default: 300, and more with a slow accelerator.'),
};

const bootErrors = ['not_found', 'denied', 'unsupported', 'conflict', 'busy', 'host_fault'] as const;

export const imageInspect = defineTool({
  id: 'image.inspect',
  cmdlet: 'Get-VmbImage',
  group: 'image',
  summary: 'Tell what a disk image holds and whether it could boot, without starting it.',
  description:
    'Reads format, parents, log, sizes, partitions, file systems, boot files, the guest system, the firmware needed and what stands in the way.',
  effect: 'read',
  input: z.strictObject({ image: imagePath, format: sourceFormat, parents: parentPaths }),
  output: imageInspection,
  errors: ['not_found', 'denied', 'invalid', 'unsupported', 'conflict', 'busy', 'cancelled', 'failed'],
  examples: [{ title: 'Inspect a backup', input: { image: '/backups/web.vhdx' }, output: inspectionExample }],
});

export const imageBoot = defineTool({
  id: 'image.boot',
  cmdlet: 'Start-VmbImage',
  group: 'image',
  summary: 'Boot a disk image as a throw-away machine; the image itself stays untouched.',
  description:
    'Writes go to an overlay that is removed when the machine stops. The machine runs until it shuts down, vm.stop is called or the server ends. With until "verdict" the answer waits until the boot has been judged.',
  effect: 'create',
  long: true,
  undo: { tool: 'vm.stop', input: { vm: '$output.machine.id' } },
  input: z.strictObject({
    ...bootOptions,
    until: z.enum(['started', 'verdict']).default('started').describe('When the call is done.'),
  }),
  output: z.strictObject({
    machine,
    verdict: verdict.optional().describe('Present with until "verdict".'),
    warnings: z.array(z.string()),
  }),
  main: 'machine',
  errors: bootErrors,
  examples: [
    {
      title: 'Boot a backup and keep it running',
      input: { image: '/backups/web.vhdx' },
      output: {
        machine: {
          id: 'qemu:local/web-4f2a',
          provider: 'qemu',
          host: 'local',
          name: 'web-4f2a',
          kind: 'vm',
          state: 'running',
          nativeState: 'running',
          image: '/backups/web.vhdx',
        },
        warnings: [],
      },
    },
  ],
});

export const imageProve = defineTool({
  id: 'image.prove',
  cmdlet: 'Test-VmbImage',
  group: 'image',
  summary: 'Boot a disk image unattended and say whether it boots, with evidence.',
  description:
    'Nothing is written to the image. Watches the guest until its state is certain: login, graphical_login, desktop and agent_ready pass; host_fault does not blame the image. Leaves a signed report in a folder, and shows that the image is unchanged.',
  effect: 'create',
  long: true,
  undo: { irreversible: 'The image is as it was; the evidence stays until its folder is removed.' },
  input: z.strictObject({
    ...bootOptions,
    passOn: z.array(passingState).min(1).max(4).optional().describe('States that pass. Default: all that can.'),
    checks: proofChecks.optional().describe('What else must hold once it has passed.'),
    sha256: z.boolean().default(false).describe('Also hash the image before and after.'),
    evidenceFolder: newPath.optional().describe('New folder for the evidence. Default: one below the state folder.'),
  }),
  output: proofResult,
  errors: bootErrors,
  examples: [{ title: 'Prove a backup', input: { image: '/backups/web.vhdx', sha256: true }, output: proofExample }],
});
