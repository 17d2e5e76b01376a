import type { QmpClient } from './qmp-client.ts';

/** As much of a channel as it takes to send commands; what only notes them down is one, too. */
export type QmpChannel = Pick<QmpClient, 'execute'>;
