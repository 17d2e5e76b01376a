import { Fault } from './fault.ts';

/** Why something did not work, for lists in which a failure is a row and no error: the reason, and a Fault's remedy. */
export function explainError(error: unknown): { readonly reason: string; readonly remedy?: string } {
  const reason = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof Fault ? error.remedy : undefined;
  return { reason, ...(remedy === undefined ? {} : { remedy }) };
}
