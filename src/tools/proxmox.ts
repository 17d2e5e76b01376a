import { z } from 'zod';
import { hostReference } from '../model/host.ts';
import { defineTool } from './define-tool.ts';

const method = z.enum(['GET', 'POST', 'PUT', 'DELETE']);
const apiPath = z
  .string()
  .max(2000)
  .regex(/^\/[^\s?#\p{Cc}]*$/u, 'must begin with "/", e.g. "/nodes/pve1/qemu/100/config", without a query');
const parameterValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const apiParameter = z
  .strictObject({
    name: z.string(),
    type: z.string(),
    required: z.boolean(),
    wants: z.string().optional().describe('Values, limits, pattern and format.'),
    description: z.string().optional(),
  })
  .meta({ title: 'ApiParameter', columns: ['name', 'type', 'required', 'wants'] });

const apiMethod = z
  .strictObject({ method, path: z.string(), summary: z.string(), parameters: z.array(apiParameter).optional() })
  .meta({ title: 'ApiMethod', columns: ['method', 'path', 'summary'] });

export const proxmoxApi = defineTool({
  id: 'proxmox.api',
  cmdlet: 'Invoke-VmbProxmoxApi',
  group: 'proxmox',
  summary: 'Send a request to the API of Proxmox VE, for what has no tool of its own.',
  description: "Checked against the server's own schema before it is sent; see proxmox.api.describe.",
  effect: 'destroy',
  long: true,
  effectBy: { field: 'method', values: { GET: 'read' } },
  undo: { irreversible: 'What undoes a request of this kind nobody knows.' },
  input: z.strictObject({
    host: hostReference.optional(),
    method: method.default('GET'),
    path: apiPath.describe('e.g. "/nodes/pve1/qemu/100/config".'),
    params: z
      .record(z.string().max(100), parameterValue)
      .meta({ secret: true })
      .optional()
      .describe('Parameters by name; also those of the path, where it is a template.'),
  }),
  output: z.strictObject({
    data: z.unknown().describe('What came back.'),
    task: z.boolean().describe('True when it started a task, which has ended by now.'),
    log: z.array(z.string()).optional().describe('Last lines of the task.'),
  }),
  errors: ['not_found', 'ambiguous', 'invalid', 'conflict', 'denied', 'approval_required', 'cancelled', 'failed'],
  examples: [
    {
      title: 'Read',
      input: { host: 'lab', path: '/nodes/pve1/dns' },
      output: { data: { search: 'lab', dns1: '192.0.2.1' }, task: false },
    },
    {
      title: 'Change',
      input: { host: 'lab', method: 'PUT', path: '/nodes/{node}/dns', params: { node: 'pve1', search: 'lab' } },
      output: { data: null, task: false },
    },
  ],
});

export const proxmoxApiDescribe = defineTool({
  id: 'proxmox.api.describe',
  cmdlet: 'Get-VmbProxmoxApi',
  group: 'proxmox',
  summary: 'Find paths of the API of Proxmox VE, and what they take.',
  effect: 'read',
  input: z.strictObject({
    host: hostReference.optional(),
    path: z.string().max(300).optional().describe('A path, or a pattern with * and ?.'),
    method: method.optional(),
    limit: z.int().min(1).max(1000).default(20),
  }),
  output: z.strictObject({
    methods: z.array(apiMethod).describe('With parameters where few match.'),
    total: z.int(),
    version: z.string(),
  }),
  main: 'methods',
  errors: ['not_found', 'ambiguous', 'unavailable', 'denied', 'cancelled'],
  examples: [
    {
      title: 'What a path takes',
      input: { host: 'lab', path: '/nodes/{node}/dns', method: 'GET' },
      output: {
        methods: [
          {
            method: 'GET',
            path: '/nodes/{node}/dns',
            summary: 'Read DNS settings.',
            parameters: [{ name: 'node', type: 'string', required: true, wants: 'pve-node' }],
          },
        ],
        total: 1,
        version: '9.2.3',
      },
    },
  ],
});
