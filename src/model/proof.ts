import { z } from 'zod';
import { checkResult } from './check.ts';
import { acceleratorName, acceleratorTrial } from './engine.ts';
import { firmware } from './image.ts';
import { seconds, timestamp } from './primitives.ts';
import { passingState, verdict } from './verdict.ts';

/** What tells whether a file is still the same file with the same bytes. */
export const fileIdentity = z.strictObject({
  path: z.string(),
  size: z.int().min(0).describe('Bytes.'),
  modified: timestamp,
  changed: timestamp
    .optional()
    .describe('Time of the last change of the file or its attributes, where the system keeps it.'),
  inode: z.string().optional(),
  sha256: z.string().optional().describe('Lower-case hexadecimal; present when it was asked for.'),
  streams: z
    .array(z.strictObject({ name: z.string(), size: z.int().min(0) }))
    .optional()
    .describe('Alternate data streams, where the system has them.'),
});

/** A file before and after the boot. */
export const fileComparison = z
  .strictObject({
    before: fileIdentity,
    after: fileIdentity,
    unchanged: z.boolean(),
  })
  .meta({ title: 'FileComparison', columns: ['unchanged', 'before'] });
export type FileComparison = z.infer<typeof fileComparison>;

export const proofPhase = z.enum([
  'inspecting',
  'preparing',
  'firmware',
  'boot_loader',
  'kernel',
  'user_space',
  'verdict',
  'checking',
  'stopping',
  'comparing',
]);
export type ProofPhase = z.infer<typeof proofPhase>;

export const readingMethod = z
  .enum(['vga', 'glyph', 'ocr', 'none'])
  .describe('How screen text was read: from VGA text memory, by exact glyphs, by optical recognition, or not at all.');
export type ReadingMethod = z.infer<typeof readingMethod>;

export const timelineEntry = z
  .strictObject({
    at: seconds.describe('Seconds since the guest was started.'),
    phase: proofPhase,
    message: z.string(),
  })
  .meta({ title: 'TimelineEntry', columns: ['at', 'phase', 'message'] });
export type TimelineEntry = z.infer<typeof timelineEntry>;

/** Something that was noticed while the guest was watched. */
export const proofSignal = z
  .strictObject({
    at: seconds.describe('Seconds since the guest was started.'),
    kind: z.enum(['screen', 'picture', 'serial', 'event', 'disk', 'processor', 'agent', 'rule']),
    message: z.string(),
  })
  .meta({ title: 'ProofSignal', columns: ['at', 'kind', 'message'] });
export type ProofSignal = z.infer<typeof proofSignal>;

export const bootAttempt = z
  .strictObject({
    firmware,
    machine: z.string(),
    bus: z.string().describe('How the disk was attached.'),
    accelerator: acceleratorName,
    cpu: z.string().optional().describe('The processor model, as QEMU calls it.'),
    memoryBytes: z.int(),
    verdict: verdict.optional().describe('How this attempt ended; absent when the guest never started.'),
    error: z.string().optional().describe('Why the guest did not start.'),
    decisive: z.boolean().describe('The verdict of the proof is that of this attempt.'),
    seconds,
  })
  .meta({
    title: 'BootAttempt',
    columns: ['firmware', 'machine', 'bus', 'accelerator', 'verdict', 'seconds', 'decisive'],
  });
export type BootAttempt = z.infer<typeof bootAttempt>;

export const screenshot = z.strictObject({
  path: z.string(),
  at: seconds,
  phase: proofPhase,
});
export type Screenshot = z.infer<typeof screenshot>;

export const proofSignature = z.strictObject({
  algorithm: z.literal('ed25519'),
  keyId: z.string().describe('SHA-256 of the public key (SubjectPublicKeyInfo, DER), hexadecimal.'),
});
export type ProofSignature = z.infer<typeof proofSignature>;

export const proofResult = z
  .strictObject({
    id: z.string().describe('Names the proof for proof.get; also the name of its folder by default.'),
    passed: z.boolean().describe('True when the verdict passed, every check passed and the image is unchanged.'),
    verdict,
    passOn: z.array(passingState).describe('The policy: states that pass.'),
    checks: z.array(checkResult).describe('What was checked beyond the screen; empty when nothing was asked for.'),
    image: fileComparison,
    parents: z.array(fileComparison).describe('The same for every parent or backing file.'),
    unchanged: z.boolean().describe('True when the image and all its parents are what they were before the boot.'),
    firmware,
    machine: z.string(),
    bus: z.string(),
    accelerator: acceleratorName.describe('The one that the deciding attempt used.'),
    limitSeconds: seconds.describe('The longest time that one attempt could take.'),
    trials: z.array(acceleratorTrial).describe('How each accelerator fared before the boot.'),
    attempts: z.array(bootAttempt).describe('Each try with its devices, in order.'),
    timeline: z.array(timelineEntry),
    signals: z.array(proofSignal).describe('What was noticed, of the deciding attempt.'),
    screenshots: z.array(screenshot),
    screenText: z.array(z.string()).describe('Lines of the last screen, without trailing blank ones.'),
    screenMethod: readingMethod,
    evidenceFolder: z.string().describe('Folder with proof.json, report.html, the screenshots and the logs.'),
    signature: proofSignature.optional().describe('Who signed the evidence; absent when there was no key.'),
    qemuVersion: z.string(),
    startedAt: timestamp,
    endedAt: timestamp,
    durationSeconds: seconds,
    warnings: z.array(z.string()),
  })
  .meta({ title: 'Proof', columns: ['passed', 'verdict', 'durationSeconds', 'startedAt', 'id', 'evidenceFolder'] });
export type ProofResult = z.infer<typeof proofResult>;
