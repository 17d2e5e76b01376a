import path from 'node:path';
import type { ToolInput } from '../../catalog/types.ts';
import type { CallContext } from '../../model/call.ts';
import type { ProofResult } from '../../model/proof.ts';
import { type ProofServices, proveImage as prove } from '../../proof/prove-image.ts';
import { bootServices } from './boot-services.ts';
import type { QemuSession } from './session.ts';

export function proveImage(
  session: QemuSession,
  input: ToolInput<'image.prove'>,
  call: CallContext,
): Promise<ProofResult> {
  const { options, services } = chooseProof(session, input, call);
  return prove(options, services);
}

/** What is proved, and with what. */
export function chooseProof(
  session: QemuSession,
  input: ToolInput<'image.prove'>,
  call: CallContext,
): { readonly options: ToolInput<'image.prove'>; readonly services: ProofServices } {
  const { paths, version } = session.environment;
  return {
    options: { ...input, image: path.resolve(input.image) },
    services: {
      ...bootServices(session, call),
      evidenceRoot: path.join(paths.state, 'evidence'),
      stateFolder: paths.state,
      version,
    },
  };
}
