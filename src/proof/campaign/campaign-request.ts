import { isDeepStrictEqual } from 'node:util';
import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';

export type CampaignOptions = ToolInput<'proof.run'>['options'];

/** What a run is over, as it is kept: it stays the same however often the run is gone on with. */
export interface CampaignRequest {
  /** Whole paths. */
  readonly images: readonly string[];
  readonly flat: boolean;
  readonly evidenceFolder?: string | undefined;
  /** Without the password, which is not written down. */
  readonly options: CampaignOptions;
  readonly withPassword: boolean;
}

export function toCampaignRequest(
  images: readonly string[],
  { flat, evidenceFolder, options }: Pick<CampaignRequest, 'flat' | 'evidenceFolder' | 'options'>,
): CampaignRequest {
  const { password } = options.checks ?? {};
  return {
    images,
    flat,
    evidenceFolder,
    options: withoutPassword(options),
    withPassword: password !== undefined,
  };
}

/** Whether a run that is there is over something else than what is asked for now. */
export function checkSameRequest(id: string, kept: CampaignRequest, asked: CampaignRequest): void {
  const plain = (request: CampaignRequest): unknown => JSON.parse(JSON.stringify(request));
  if (isDeepStrictEqual(plain(kept), plain(asked))) return;
  throw new Fault('conflict', `The run "${id}" is over other images, or with other options.`, {
    remedy: 'Choose another id; or give the id alone to go on with that run.',
    data: { field: 'id', images: kept.images.slice(0, 20) },
  });
}

/** The options to go on with: the password of the checks has to be given again. */
export function joinPassword(kept: CampaignRequest, asked: CampaignOptions): CampaignOptions {
  if (!kept.withPassword) return kept.options;
  const password = asked.checks?.password;
  if (password === undefined) {
    throw new Fault('invalid', 'The checks of this run take a password, which was not kept.', {
      remedy: 'Give options.checks.password again.',
      data: { field: 'options.checks.password' },
    });
  }
  return { ...kept.options, checks: { ...kept.options.checks, password } };
}

function withoutPassword(options: CampaignOptions): CampaignOptions {
  if (options.checks?.password === undefined) return options;
  const { password: _, ...checks } = options.checks;
  return { ...options, checks };
}
