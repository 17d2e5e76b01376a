import { z } from 'zod';
import { seconds, timestamp } from '../model/primitives.ts';
import { proofResult } from '../model/proof.ts';
import { defineTool } from './define-tool.ts';
import { proofExample } from './examples/image.ts';
import { filePath, hostPath, newPath } from './fields/image-path.ts';

const summary = z
  .strictObject({
    id: z.string(),
    image: z.string(),
    verdict: z.string(),
    passed: z.boolean(),
    startedAt: timestamp,
    durationSeconds: seconds,
    folder: z.string(),
    keyId: z.string().optional().describe('The key that signed, as the proof says; proof.verify checks it.'),
  })
  .meta({ title: 'ProofSummary', columns: ['passed', 'verdict', 'startedAt', 'durationSeconds', 'id', 'image'] });

const trend = z
  .strictObject({
    image: z.string(),
    proofs: z.int().min(0),
    passed: z.int().min(0),
    recent: z.array(z.string()).describe('The last ten verdicts, newest first.'),
    medianSeconds: seconds,
    lastPassed: timestamp.optional().describe('Start of the last proof that passed.'),
    failingSince: timestamp
      .optional()
      .describe('Start of the first that failed since; faults of the host do not count.'),
  })
  .meta({ title: 'ProofTrend', columns: ['image', 'proofs', 'passed', 'medianSeconds', 'lastPassed', 'failingSince'] });

const keyId = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
const summaryExample = {
  id: 'web-20260301-120000',
  image: '/backups/web.vhdx',
  verdict: 'login',
  passed: true,
  startedAt: '2026-03-01T12:00:00.000Z',
  durationSeconds: 12,
  folder: '/evidence/web-20260301-120000',
  keyId,
};
const trendExample = {
  image: '/backups/web.vhdx',
  proofs: 3,
  passed: 2,
  recent: ['login', 'kernel_panic', 'login'],
  medianSeconds: 12,
  lastPassed: '2026-03-01T12:00:00.000Z',
};

export const proofVerify = defineTool({
  id: 'proof.verify',
  cmdlet: 'Confirm-VmbProof',
  group: 'proof',
  summary: 'Check evidence, by folder or id.',
  effect: 'read',
  input: z.strictObject({
    folder: hostPath.meta({ refersTo: 'proof' }),
    publicKey: filePath.optional(),
  }),
  output: z
    .strictObject({
      valid: z.boolean(),
      problem: z.strictObject({ file: z.string(), reason: z.string() }).meta({ title: 'ProofProblem' }).optional(),
      signed: z
        .strictObject({
          keyId: z.string(),
          signedAt: timestamp,
          id: z.string().optional(),
          image: z.string().optional(),
          verdict: z.string().optional(),
          passed: z.boolean().optional(),
          files: z.int().min(0).describe('How many files the signature covers.'),
        })
        .meta({ title: 'ProofEnvelope' })
        .optional()
        .describe('What the envelope says; only as good as "valid".'),
    })
    .meta({ title: 'ProofCheck' }),
  errors: ['not_found', 'invalid', 'denied', 'cancelled'],
  examples: [
    {
      title: 'Check a folder that came from elsewhere',
      input: { folder: '/evidence/web-20260301-120000', publicKey: '/keys/backup-host.pem' },
      output: {
        valid: true,
        signed: {
          keyId,
          signedAt: '2026-03-01T12:00:12.000Z',
          id: 'web-20260301-120000',
          image: '/backups/web.vhdx',
          verdict: 'login',
          passed: true,
          files: 9,
        },
      },
    },
  ],
});

export const proofList = defineTool({
  id: 'proof.list',
  cmdlet: 'Get-VmbProof',
  group: 'proof',
  summary: 'List proofs and trends, newest first.',
  effect: 'read',
  input: z.strictObject({
    image: hostPath.optional(),
    state: z.string().max(64).optional().describe('Or passed, failed.'),
    limit: z.int().min(1).optional(),
    offset: z.int().min(0).optional(),
  }),
  output: z.strictObject({
    proofs: z.array(summary),
    total: z.int().min(0),
    trends: z.array(trend).describe('Of the images on this page, over all their proofs.'),
    damaged: z.array(z.string()).describe('Ids whose proof.json can not be read; the first 100.'),
  }),
  main: 'proofs',
  errors: ['cancelled'],
  examples: [
    {
      title: 'How a backup did',
      input: { image: 'web.vhdx' },
      output: { proofs: [summaryExample], total: 1, trends: [trendExample], damaged: [] },
    },
  ],
});

export const proofGet = defineTool({
  id: 'proof.get',
  cmdlet: 'Get-VmbProof',
  group: 'proof',
  summary: 'Tell all of a proof.',
  effect: 'read',
  input: z.strictObject({ id: z.string().min(1).max(255).meta({ refersTo: 'proof' }) }),
  output: z.strictObject({ proof: proofResult, trend }),
  main: 'proof',
  errors: ['not_found', 'failed', 'cancelled'],
  examples: [
    {
      title: 'Look at one',
      input: { id: 'web-20260301-120000' },
      output: { proof: proofExample, trend: trendExample },
    },
  ],
});

export const proofKey = defineTool({
  id: 'proof.key',
  cmdlet: 'Get-VmbProofKey',
  group: 'proof',
  summary: 'Give or write the public signing key.',
  effect: 'read',
  newFile: 'target',
  input: z.strictObject({ target: newPath.optional() }),
  output: z
    .strictObject({
      keyId: z.string(),
      publicKey: z.string().describe('PEM.'),
      store: z.string().describe('What keeps the private key.'),
    })
    .meta({ title: 'ProofKey' }),
  errors: ['conflict', 'not_found', 'denied', 'unavailable', 'host_fault', 'cancelled'],
  examples: [
    {
      title: 'Write it into a file',
      input: { target: '/keys/backup-host.pem' },
      output: {
        keyId,
        publicKey:
          '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n',
        store: 'file',
      },
    },
  ],
});
