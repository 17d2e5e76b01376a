import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import type { FaultReport } from '../../model/fault-report.ts';

const longest = 1000;

/** What was thrown as a few lines of a report: without data, which may hold pages of what is known of an image. */
export function toCampaignFault(error: unknown): FaultReport {
  const { code, message, remedy } =
    error instanceof Fault
      ? error
      : new Fault(
          'failed',
          `The proof failed unexpectedly: ${error instanceof Error ? error.message : String(error)}`,
          {
            remedy: 'Prove this image by itself; please report this as a bug.',
          },
        );
  return { code, message: shorten(message), ...(remedy === undefined ? {} : { remedy: shorten(remedy) }) };
}

function shorten(text: string): string {
  const safe = escapeControls(text).toWellFormed();
  return safe.length > longest ? `${safe.slice(0, longest).toWellFormed()}…` : safe;
}
