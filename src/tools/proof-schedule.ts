import { z } from 'zod';
import { defineTool } from './define-tool.ts';
import { filePath } from './fields/image-path.ts';
import { proofOptions } from './fields/proof-options.ts';
import { runName } from './fields/run-name.ts';

const schedule = z
  .strictObject({
    name: z.string(),
    at: z.string(),
    images: z.array(z.string()),
    files: z.array(z.string()),
  })
  .meta({ title: 'Schedule', columns: ['name', 'at', 'images'] });

const service = '/home/ada/.config/systemd/user/vmbridge-prove-nightly.service';
const timer = '/home/ada/.config/systemd/user/vmbridge-prove-nightly.timer';
const request = '/home/ada/.local/state/vmbridge/schedules/nightly.json';

export const proofSchedule = defineTool({
  id: 'proof.schedule',
  cmdlet: 'Register-VmbProof',
  group: 'proof',
  summary: 'Have images proved regularly, by systemd or the Windows task scheduler.',
  description: 'Without apply it only shows what it would write and run.',
  effect: 'change',
  idempotent: true,
  effectBy: { field: 'apply', values: { false: 'read' } },
  undo: { irreversible: 'Call it again: "remove" takes away what "create" made.' },
  input: z.strictObject({
    action: z.enum(['list', 'create', 'remove']),
    name: runName.optional(),
    at: z.string().max(40).optional().describe('"hourly 15", "daily 02:00" or "weekly sun 02:00".'),
    images: z.array(filePath).min(1).max(1000).optional(),
    options: proofOptions,
    apply: z.boolean().default(false),
  }),
  output: z
    .strictObject({
      applied: z.boolean(),
      files: z.array(z.strictObject({ path: z.string(), content: z.string().describe('Empty for one to remove.') })),
      commands: z.array(z.array(z.string())).describe('Program and arguments of each.'),
      schedules: z.array(schedule).describe('Those there are, with action "list".'),
      hints: z.array(z.string()),
    })
    .meta({ title: 'ProofSchedule' }),
  errors: ['not_found', 'conflict', 'unsupported', 'host_fault'],
  examples: [
    {
      title: 'Which there are',
      input: { action: 'list' },
      output: {
        applied: false,
        files: [],
        commands: [],
        schedules: [{ name: 'nightly', at: 'daily 02:00', images: ['/backups'], files: [request, service, timer] }],
        hints: [],
      },
    },
    {
      title: 'See what a nightly run takes',
      input: { action: 'create', name: 'nightly', at: 'daily 02:00', images: ['/backups'] },
      output: {
        applied: false,
        files: [
          { path: request, content: '{"images":["/backups"]}\n' },
          { path: service, content: '[Service]\nType=oneshot\n' },
          { path: timer, content: '[Timer]\nOnCalendar=*-*-* 02:00:00\n' },
        ],
        commands: [
          ['systemctl', '--user', 'daemon-reload'],
          ['systemctl', '--user', 'enable', 'vmbridge-prove-nightly.timer'],
          ['systemctl', '--user', 'restart', 'vmbridge-prove-nightly.timer'],
        ],
        schedules: [],
        hints: ['User units run while this user is logged on; to have them run always: loginctl enable-linger'],
      },
    },
  ],
});
