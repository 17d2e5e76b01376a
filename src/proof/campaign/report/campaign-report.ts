import type { CampaignRow } from '../campaign-row.ts';
import type { SkippedFile } from '../find/image-listing.ts';

/** All that the reports of a run tell. */
export interface CampaignReport {
  readonly id: string;
  /** Name of the machine that proves. */
  readonly host: string;
  readonly startedAt: string;
  /** In the order of the list; undefined for an image whose turn has not come. */
  readonly rows: readonly { readonly image: string; readonly row: CampaignRow | undefined }[];
  readonly skipped: readonly SkippedFile[];
}

export interface CampaignCounts {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly open: number;
}

export function countRows({ rows }: Pick<CampaignReport, 'rows'>): CampaignCounts {
  const count = (is: (row: CampaignRow | undefined) => boolean) => rows.filter(({ row }) => is(row)).length;
  return {
    total: rows.length,
    passed: count(row => row?.passed === true),
    failed: count(row => row?.blame === 'image'),
    errors: count(row => row?.blame === 'host'),
    open: count(row => row === undefined),
  };
}
