import type { ToolOutput } from '../../catalog/types.ts';

/** What came of one image, as it is told and kept. */
export type CampaignRow = ToolOutput<'proof.run'>['images'][number];
