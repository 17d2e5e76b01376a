import path from 'node:path';
import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { requireChecks } from '../checks/require-checks.ts';
import {
  type CampaignOptions,
  type CampaignRequest,
  checkSameRequest,
  joinPassword,
  toCampaignRequest,
} from './campaign-request.ts';
import { findSameCutOff } from './cut-off-runs.ts';
import { type FoundImages, findImages } from './find/find-images.ts';
import { resolveEntry } from './find/resolve-entry.ts';
import type { CampaignServices } from './prove-campaign.ts';
import { type KeptRun, RunStore } from './run-store.ts';

const mostSkipped = 1000;

export interface OpenedRun {
  readonly run: KeptRun;
  readonly options: CampaignOptions;
  readonly isNew: boolean;
}

type Services = Pick<CampaignServices, 'runsFolder' | 'exclude' | 'signal' | 'progress'>;

export interface ChosenRun {
  readonly store: RunStore;
  /** The images, where they had to be looked for to choose. */
  readonly found?: FoundImages | undefined;
}

/**
 * The run that a call is about: the one it names; else the one over the very same images that was cut off, so that a call that
 * is made again goes on with it; else a new one, named by `newId`.
 */
export async function chooseRun(
  input: ToolInput<'proof.run'>,
  services: Services,
  newId: () => string,
): Promise<ChosenRun> {
  const { runsFolder } = services;
  if (input.id !== undefined || input.images === undefined) {
    return { store: new RunStore(runsFolder, input.id ?? newId()) };
  }
  const request = toRequest(input, input.images);
  const found = await searchImages(request, services);
  const cutOff = await findSameCutOff(runsFolder, request, found.images);
  return { store: new RunStore(runsFolder, cutOff ?? newId()), found };
}

/** The run that is there, or a new one. Called while the run is held. */
export async function openRun(
  chosen: ChosenRun,
  input: ToolInput<'proof.run'>,
  services: Services,
): Promise<OpenedRun> {
  const opened = await findRun(chosen, input, services);
  if (opened.isNew) await chosen.store.begin(opened.run);
  return opened;
}

/** The same, with nothing written. */
export async function findRun(
  { store, found }: ChosenRun,
  input: ToolInput<'proof.run'>,
  services: Services,
): Promise<OpenedRun> {
  const kept = await store.read();
  const request = input.images === undefined ? undefined : toRequest(input, input.images);
  if (kept !== undefined) {
    if (request !== undefined) checkSameRequest(store.id, kept.request, request);
    return { run: kept, options: joinPassword(kept.request, input.options), isNew: false };
  }
  if (request === undefined) throw nothingAsked(input.id);
  const options = joinPassword(request, input.options);
  const { images, skipped } = found ?? (await searchImages(request, services));
  const run: KeptRun = {
    id: store.id,
    startedAt: new Date().toISOString(),
    request,
    images,
    skipped: skipped.slice(0, mostSkipped),
  };
  return { run, options, isNew: true };
}

function searchImages({ images, flat, options }: CampaignRequest, services: Services): Promise<FoundImages> {
  const { format, parents } = options;
  const { exclude, signal } = services;
  const progress = (message: string) => services.progress({ fraction: 0, message });
  return findImages(images, { flat, exclude, format, parents, signal, progress });
}

function toRequest(input: ToolInput<'proof.run'>, images: readonly string[]): CampaignRequest {
  // At once, and not as a fault of each image.
  if (input.options.checks !== undefined) requireChecks(input.options.checks, 'options.checks');
  const evidenceFolder = input.evidenceFolder === undefined ? undefined : path.resolve(input.evidenceFolder);
  const wholePaths = images.map(resolveEntry);
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
