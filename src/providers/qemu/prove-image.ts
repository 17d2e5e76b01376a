import path from 'node:path';
import type { ToolInput } from '../../catalog/types.ts';
import type { CallContext } from '../../model/call.ts';
import type { ProofResult } from '../../model/proof.ts';
import { proveImage as prove } from '../../proof/prove-image.ts';
import { bootServices } from './boot-services.ts';
import type { QemuSession } from './session.ts';

export function proveImage(
  session: QemuSession,
  input: ToolInput<'image.prove'>,
  call: CallContext,
): Promise<ProofResult> {
  const { paths, version } = session.environment;
  const options = { ...input, image: path.resolve(input.image) };
  return prove(options, {
    ...bootServices(session, call),
    evidenceRoot: path.join(paths.state, 'evidence'),
    stateFolder: paths.state,
    version,
  });
}
