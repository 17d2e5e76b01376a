import { z } from 'zod';
import { providerReport } from '../model/provider.ts';
import { defineTool } from './define-tool.ts';

export const providerList = defineTool({
  id: 'provider.list',
  cmdlet: 'Get-VmbProvider',
  group: 'provider',
  summary: 'List the providers: which can be used here, what each can do, and how to mend those that cannot.',
  effect: 'read',
  input: z.strictObject({}),
  output: z.strictObject({ providers: z.array(providerReport) }),
  main: 'providers',
  errors: ['cancelled'],
  examples: [
    {
      title: 'List',
      input: {},
      output: {
        providers: [
          {
            id: 'qemu',
            title: 'QEMU',
            available: false,
            checks: [
              {
                name: 'engine',
                passed: false,
                reason: 'qemu-system-x86_64 is not installed.',
                remedy: 'apt-get install qemu-system-x86 qemu-utils ovmf',
              },
            ],
            tools: ['image.prove', 'vm.stop'],
            without: {},
          },
        ],
      },
    },
  ],
});
