import { hostReference } from '../../model/host.ts';
import { providerId } from '../../model/provider.ts';

/** Where something is asked that concerns no single machine. */
export const place = { provider: providerId.optional(), host: hostReference.optional() };
