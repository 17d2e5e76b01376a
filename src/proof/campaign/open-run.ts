import path from 'node:path';
import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import {
  type CampaignOptions,
  type CampaignRequest,
  checkSameRequest,
  joinPassword,
  toCampaignRequest,
} from './campaign-request.ts';
import { findImages } from './find/find-images.ts';
import type { CampaignServices } from './prove-campaign.ts';
import type { KeptRun, RunStore } from './run-store.ts';

const mostSkipped = 1000;

export interface OpenedRun {
  readonly run: KeptRun;
  readonly options: CampaignOptions;
}

/** The run that is there under this id, or a new one. Called while the run is held. */
export async function openRun(
  store: RunStore,
  input: ToolInput<'proof.run'>,
  services: Pick<CampaignServices, 'exclude' | 'signal' | 'progress'>,
): Promise<OpenedRun> {
  const { isNew, ...found } = await findRun(store, input, services);
  if (isNew) await store.begin(found.run);
  return found;
}

/** The same, with nothing written. */
export async function findRun(
  store: RunStore,
  input: ToolInput<'proof.run'>,
  services: Pick<CampaignServices, 'exclude' | 'signal' | 'progress'>,
): Promise<OpenedRun & { readonly isNew: boolean }> {
  const kept = await store.read();
  const request = input.images === undefined ? undefined : toRequest(input, input.images);
  if (kept !== undefined) {
    if (request !== undefined) checkSameRequest(store.id, kept.request, request);
    return { run: kept, options: joinPassword(kept.request, input.options), isNew: false };
  }
  if (request === undefined) throw nothingAsked(input.id);
  const options = joinPassword(request, input.options);
  const found = await findImages(request.images, {
    flat: input.flat,
    exclude: services.exclude,
    format: options.format,
    parents: options.parents,
    signal: services.signal,
    progress: message => services.progress({ fraction: 0, message }),
  });
  const skipped = [...found.skipped].sort((one, other) => Number(other.isImage) - Number(one.isImage));
  const run: KeptRun = {
    id: store.id,
    startedAt: new Date().toISOString(),
    request,
    images: found.images,
    skipped: skipped.slice(0, mostSkipped),
  };
  return { run, options, isNew: true };
}

function toRequest(input: ToolInput<'proof.run'>, images: readonly string[]): CampaignRequest {
  const evidenceFolder = input.evidenceFolder === undefined ? undefined : path.resolve(input.evidenceFolder);
  const wholePaths = images.map(image => path.resolve(image));
  const parents = input.options.parents?.map(parent => path.resolve(parent));
  return toCampaignRequest(wholePaths, { flat: input.flat, options: { ...input.options, parents }, evidenceFolder });
}

function nothingAsked(id: string | undefined): Fault {
  if (id === undefined) {
    return new Fault('invalid', 'The images to prove are missing.', {
      remedy: 'Name them in "images", or a run to go on with in "id".',
      data: { field: 'images' },
    });
  }
  return new Fault('not_found', `There is no run "${id}" to go on with.`, {
    remedy: 'Check the id; a new run of that name needs "images".',
    data: { field: 'id' },
  });
}
