import { existsSync } from 'node:fs';
import path from 'node:path';
import { styleText } from 'node:util';
import type { ToolOutput } from '../../../catalog/types.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

type Checked = ToolOutput<'proof.verify'>;

/** `vmbridge check-proof <folder>`: exit status 0 only when the evidence is what a trusted key has signed. */
export async function checkProof(session: Session, folder: string, publicKey: string | undefined): Promise<number> {
  const place = existsSync(folder) ? path.resolve(folder) : folder;
  const output = await session.call('proof.verify', {
    folder: place,
    publicKey: publicKey === undefined ? undefined : path.resolve(publicKey),
  });
  if (session.flags.json) session.printJson(output);
  else session.print(describeCheck(place, output));
  return output.valid ? 0 : 1;
}

function describeCheck(folder: string, { valid, problem, signed }: Checked): string {
  const word = styleText(valid ? 'green' : 'red', valid ? 'VALID' : 'NOT VALID', { stream: process.stdout });
  const lines = [`${word} ${plainText(folder)}`];
  if (problem !== undefined) lines.push(`  ${plainText(problem.file)} ${plainText(problem.reason)}`);
  if (signed !== undefined) {
    const { files, signedAt, id, image, verdict, passed, keyId } = signed;
    const result = verdict === undefined ? '' : `, ${passed ? 'passed' : 'failed'}: ${verdict}`;
    if (id !== undefined && image !== undefined) lines.push(`  proof ${plainText(id)} of ${plainText(image)}`);
    lines.push(`  ${files} files signed ${signedAt}${plainText(result)}`, `  key ${plainText(keyId)}`);
  }
  return lines.join('\n');
}
