import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { Progress } from '../../model/call.ts';

/** Sends `$/progress` under a token, without repeating itself. `stop` is called before the answer goes out. */
export function sendProgress(
  connection: MessageConnection,
  token: string | number,
): { report(update: Progress): void; stop(): void } {
  let last = '';
  let stopped = false;
  return {
    report: ({ fraction, message }) => {
      const percentage = fraction === undefined ? undefined : Math.floor(fraction * 100);
      const step = `${percentage} ${message}`;
      if (stopped || step === last) return;
      last = step;
      const value = { kind: 'report', ...(percentage === undefined ? {} : { percentage }), message };
      try {
        connection.sendNotification('$/progress', { token, value }).catch(() => {});
      } catch {
        // A connection that is closed throws; the call itself goes on to its clean-up.
        stopped = true;
      }
    },
    stop: () => {
      stopped = true;
    },
  };
}
