import path from 'node:path';
import type { Session } from '../session.ts';

/** `vmbridge proof-key`: the public key, as PEM, for whoever checks proofs elsewhere. */
export async function showKey(session: Session, target: string | undefined): Promise<number> {
  const output = await session.call('proof.key', {
    target: target === undefined ? undefined : path.resolve(target),
  });
  if (session.flags.json) session.printJson(output);
  else {
    session.print(target === undefined ? output.publicKey : path.resolve(target));
    session.warn(`key ${output.keyId}, kept by: ${output.store}`);
  }
  return 0;
}
