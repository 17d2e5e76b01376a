/** Something that a caller waits for in a running machine. */
export interface WaitGoal {
  /** What it is, after "did not …", e.g. "show its login". */
  readonly words: string;
  /** One look: what was reached, or what is seen instead. Throws a Fault when it can no longer be reached. */
  look(signal: AbortSignal): Promise<{ readonly reached: string } | { readonly seen: string }>;
}
