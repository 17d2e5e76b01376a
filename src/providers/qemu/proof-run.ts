import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import type { CallContext } from '../../model/call.ts';
import { type CampaignServices, proveCampaign } from '../../proof/campaign/prove-campaign.ts';
import { runsFolder } from '../../proof/campaign/runs-folder.ts';
import { proveImage } from './prove-image.ts';
import type { QemuSession } from './session.ts';

/** Proves many images, each as image.prove does. */
export function runProofs(
  session: QemuSession,
  input: ToolInput<'proof.run'>,
  call: CallContext,
): Promise<ToolOutput<'proof.run'>> {
  return proveCampaign(input, {
    ...runServices(session, call),
    prove: ({ image, options, evidenceFolder, signal, progress }) =>
      proveImage(session, { ...options, image, evidenceFolder }, { ...call, signal, progress }),
  });
}

export function runServices({ environment }: QemuSession, call: CallContext): Omit<CampaignServices, 'prove'> {
  const { paths } = environment;
  return {
    runsFolder: runsFolder(paths.state),
    evidenceRoot: path.join(paths.state, 'evidence'),
    exclude: [paths.run, paths.cache],
    signal: call.signal,
    progress: update => call.progress(update),
  };
}
