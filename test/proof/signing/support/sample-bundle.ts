import { generateKeyPairSync, sign } from 'node:crypto';
import path from 'node:path';
import type { Picture } from '../../../../src/model/picture.ts';
import { EvidenceFolder, type EvidencePlaces } from '../../../../src/proof/evidence/evidence-folder.ts';
import { type ProofRecord, proofFormat } from '../../../../src/proof/evidence/proof-record.ts';
import type { Signer } from '../../../../src/proof/signing/open-signer.ts';
import { identifyKey, writePublicKey } from '../../../../src/proof/signing/public-key.ts';
import { proofExample } from '../../../../src/tools/examples/image.ts';

const verdict = { ...proofExample.verdict, certainty: 'certain' as const };

/** A proof with all its fields. */
export function sampleProof(changes: Partial<ProofRecord> = {}): ProofRecord {
  const attempt = { firmware: 'uefi', machine: 'q35', bus: 'ahci', accelerator: 'kvm', decisive: true } as const;
  return {
    ...proofExample,
    id: 'web-20260301-120000',
    passed: true,
    verdict,
    passOn: ['login'],
    checks: [{ check: 'port 22', passed: true, detail: 'A connection was accepted.', seconds: 0.2 }],
    signals: [{ at: 9.8, kind: 'screen', message: 'A prompt.' }],
    limitSeconds: 300,
    attempts: [{ ...attempt, memoryBytes: 2 ** 31, verdict, seconds: 9.8 }],
    format: proofFormat,
    vmbridge: '0.1.0',
    runs: [{ arguments: ['-machine', 'q35', '-drive', 'file=/tmp/over lay.qcow2'] }],
    ...changes,
  };
}

export function noisePicture(width: number, height: number, seed = 1): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0, value = seed; at < rgb.length; at++) {
    value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
    rgb[at] = value >>> 24;
  }
  return { width, height, rgb };
}

/** A signer with a key of its own. */
export function makeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    signature: { algorithm: 'ed25519', keyId: identifyKey(publicKey) },
    publicKey: writePublicKey(publicKey),
    sign: bytes => sign(null, bytes, privateKey),
  };
}

/** A folder of evidence as a proof leaves it. */
export async function writeBundle(
  folder: string,
  signer: Signer | undefined,
  proof: Readonly<Record<string, unknown>> = sampleProof(),
  places: EvidencePlaces = {},
): Promise<EvidenceFolder> {
  const evidence = await EvidenceFolder.create(path.resolve(folder), places);
  await evidence.addPicture(noisePicture(64, 40), 0.4, 'firmware');
  await evidence.addPicture(noisePicture(80, 50, 7), 9.8, 'verdict');
  await evidence.addText('serial.log', 'Linux version 6.1\r\nweb login: ');
  await evidence.addText('firmware.log', '');
  await evidence.finish(proof, { signer });
  return evidence;
}
