import { z } from 'zod';
import { engineReport } from '../model/engine.ts';
import { defineTool } from './define-tool.ts';

export const engineStatus = defineTool({
  id: 'engine.status',
  cmdlet: 'Get-VmbEngine',
  group: 'engine',
  summary: 'Tell which QEMU is used, what it can do, what it lacks, and how each accelerator fared in a real trial.',
  effect: 'read',
  input: z.strictObject({
    retry: z.boolean().default(false).describe('Try the accelerators again instead of using what is remembered.'),
  }),
  output: engineReport,
  errors: ['cancelled', 'failed'],
  examples: [
    {
      title: 'A working engine',
      input: {},
      output: {
        available: true,
        system: '/usr/bin/qemu-system-x86_64',
        img: '/usr/bin/qemu-img',
        version: '7.2.22',
        uefiCode: '/usr/share/OVMF/OVMF_CODE_4M.fd',
        uefiVariables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
        accelerator: 'kvm',
        trials: [
          { accelerator: 'kvm', usable: true, reason: 'The trial guest ran at the expected speed.', milliseconds: 310 },
        ],
        displays: ['none', 'gtk'],
        features: ['vnc', 'png', '9p', 'usb'],
        missing: [{ what: 'swtpm', why: 'Machines with a TPM need it.', command: 'sudo apt install swtpm' }],
        checks: [{ name: 'engine', passed: true, reason: 'QEMU 7.2.22 at /usr/bin/qemu-system-x86_64.' }],
      },
    },
  ],
});
