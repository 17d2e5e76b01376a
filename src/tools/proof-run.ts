import { z } from 'zod';
import { faultReport } from '../model/fault-report.ts';
import { seconds } from '../model/primitives.ts';
import { verdictState } from '../model/verdict.ts';
import { defineTool } from './define-tool.ts';
import { filePath, newPath } from './fields/image-path.ts';
import { proofOptions } from './fields/proof-options.ts';
import { runName } from './fields/run-name.ts';

const row = z
  .strictObject({
    image: z.string(),
    passed: z.boolean(),
    blame: z.enum(['image', 'host']).optional().describe('Whose fault it is; absent when it passed.'),
    proof: z.string().optional().describe('Id of the proof.'),
    state: verdictState.optional(),
    rule: z.string().optional(),
    reason: z.string().optional().describe('The verdict in one sentence, or what else kept it from passing.'),
    seconds: seconds.optional(),
    evidenceFolder: z.string().optional(),
    fault: faultReport.optional().describe('Why there is no verdict.'),
  })
  .meta({ title: 'ProofRow', columns: ['passed', 'state', 'blame', 'seconds', 'image', 'reason'] });

export const proofRun = defineTool({
  id: 'proof.run',
  cmdlet: 'Invoke-VmbProof',
  group: 'proof',
  summary: 'Prove many images, several at a time, and go on after a break.',
  description:
    'Parents of other images are left out; an image that can not be proved is a row. Writes JUnit XML as it goes.',
  effect: 'create',
  long: true,
  undo: { irreversible: 'The images are as they were; the evidence stays until its folders are removed.' },
  input: z.strictObject({
    images: z.array(filePath).min(1).max(1000).optional().describe('Files, folders, globs; !x leaves x out.'),
    flat: z.boolean().default(false).describe('Leave subfolders out.'),
    id: runName.optional().describe('Of a new run, or one to go on with.'),
    parallel: z.int().min(1).max(64).optional().describe('Default: what the host carries.'),
    evidenceFolder: newPath.optional(),
    options: proofOptions,
  }),
  output: z
    .strictObject({
      id: z.string(),
      folder: z.string().describe('Holds all rows (results), junit.xml and summary.md.'),
      total: z.int().min(0),
      passed: z.int().min(0),
      failed: z.int().min(0).describe('Images that did not pass.'),
      errors: z.int().min(0).describe('Images that the host kept from a verdict.'),
      images: z.array(row).describe('Those that did not pass first; 100 at most.'),
      skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })).describe('20 at most.'),
      totalSkipped: z.int().min(0),
      junit: z.string(),
      summary: z.string(),
    })
    .meta({ title: 'ProofRun', columns: ['id', 'total', 'passed', 'failed', 'errors', 'totalSkipped', 'folder'] }),
  errors: ['not_found', 'conflict', 'host_fault'],
  examples: [
    {
      title: 'Prove every backup of a folder',
      input: { images: ['/backups'], parallel: 4, options: { limitSeconds: 600 } },
      output: {
        id: 'run-k3v9x2m1',
        folder: '/home/ada/.local/state/vmbridge/runs/run-k3v9x2m1',
        total: 2,
        passed: 1,
        failed: 1,
        errors: 0,
        images: [
          {
            image: '/backups/db.vhdx',
            passed: false,
            blame: 'image',
            proof: 'run-k3v9x2m1-1-db',
            state: 'kernel_panic',
            rule: 'kernel-panic',
            reason: 'The kernel panicked.',
            seconds: 41.2,
            evidenceFolder: '/home/ada/.local/state/vmbridge/evidence/run-k3v9x2m1-1-db',
          },
          {
            image: '/backups/web.avhdx',
            passed: true,
            proof: 'run-k3v9x2m1-2-web',
            state: 'login',
            rule: 'text-login-prompt',
            reason: 'A text console asks for a login.',
            seconds: 38.5,
            evidenceFolder: '/home/ada/.local/state/vmbridge/evidence/run-k3v9x2m1-2-web',
          },
        ],
        skipped: [{ path: '/backups/web.vhdx', reason: 'It is a parent of "/backups/web.avhdx".' }],
        totalSkipped: 1,
        junit: '/home/ada/.local/state/vmbridge/runs/run-k3v9x2m1/junit.xml',
        summary: '/home/ada/.local/state/vmbridge/runs/run-k3v9x2m1/summary.md',
      },
    },
  ],
});
