import { z } from 'zod';
import { credential, secretText } from '../model/credential.ts';
import { credentialName } from '../model/host.ts';
import { defineTool } from './define-tool.ts';

const example = {
  name: 'lab',
  store: 'keyring' as const,
  keptAt: '2026-03-01T12:00:00.000Z',
  usedBy: ['lab'],
};

export const credentialSet = defineTool({
  id: 'credential.set',
  cmdlet: 'Set-VmbCredential',
  group: 'credential',
  doors: 'people',
  summary: 'Keep a secret under a name, for hosts to name it.',
  description: 'One line of text; an older secret of that name is replaced.',
  effect: 'change',
  undo: { irreversible: 'The secret that was there before is gone.' },
  input: z.strictObject({ name: credentialName, secret: secretText.meta({ secret: true, prompt: true }) }),
  output: z.strictObject({
    credential,
    detail: z.string().describe('Where it is kept, and what opens it.'),
  }),
  main: 'credential',
  errors: ['unavailable', 'denied', 'host_fault', 'invalid', 'conflict', 'cancelled'],
  examples: [
    {
      title: 'Keep the secret of a token',
      input: { name: 'lab', secret: '0b1c6a52-1d7e-4a57-9d2e-5f0f3a0c9b11' },
      output: {
        credential: example,
        detail: 'Sealed in /home/ada/.local/state/vmbridge/credentials/secrets.vmb; the Secret Service keeps its key.',
      },
    },
  ],
});

export const credentialList = defineTool({
  id: 'credential.list',
  cmdlet: 'Get-VmbCredential',
  group: 'credential',
  doors: 'people',
  summary: 'List the names of kept secrets; never a secret.',
  effect: 'read',
  input: z.strictObject({}),
  output: z.strictObject({
    credentials: z.array(credential),
    missing: z.array(z.string()).describe('Names that hosts use and under which nothing is kept.'),
  }),
  main: 'credentials',
  errors: ['denied', 'host_fault', 'cancelled'],
  examples: [{ title: 'List', input: {}, output: { credentials: [example], missing: [] } }],
});

export const credentialRemove = defineTool({
  id: 'credential.remove',
  cmdlet: 'Remove-VmbCredential',
  group: 'credential',
  doors: 'people',
  summary: 'Forget a secret.',
  effect: 'destroy',
  undo: { irreversible: 'Keep it anew with credential.set.' },
  input: z.strictObject({
    name: credentialName,
    evenIfUsed: z.boolean().default(false).describe('Also when a host names it.'),
  }),
  output: z.strictObject({ removed: z.string() }),
  errors: ['not_found', 'conflict', 'unavailable', 'denied', 'host_fault', 'approval_required', 'cancelled'],
  examples: [{ title: 'Forget one', input: { name: 'lab' }, output: { removed: 'lab' } }],
});
