/** How long things may take, in milliseconds. Tests shorten it. */
export interface Timing {
  /** Most for one connection to come about; less where an answer may take less. */
  readonly connect: number;
  /** Before what may be repeated is asked again; as many repetitions as there are numbers. */
  readonly pauses: readonly number[];
  /** How long an address that failed is left alone while others answer. */
  readonly rest: number;
  /** Between two looks at a task: first, and at most. */
  readonly look: number;
  readonly longestLook: number;
  /** How long a task may be out of reach before its end counts as unknown. */
  readonly lostTask: number;
  /** How long a task that is to stop may take for it. */
  readonly stopTask: number;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

export const usualTiming: Timing = {
  connect: 10_000,
  pauses: [200, 800],
  rest: 30_000,
  look: 100,
  longestLook: 2000,
  lostTask: 60_000,
  stopTask: 15_000,
  now: Date.now,
};
