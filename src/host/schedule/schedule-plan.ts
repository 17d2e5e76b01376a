/** What making or removing a schedule takes, to be shown before it is done. */
export interface SchedulePlan {
  /** Files to write. */
  readonly files: readonly PlannedFile[];
  /** Run one after the other, once the files are there. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
}

export interface PlannedFile {
  readonly path: string;
  readonly content: string;
  /** How it is written; default UTF-8. */
  readonly encoding?: 'utf16le' | undefined;
  /** What its content has to begin with if there is such a file already; else that is somebody's own. */
  readonly mark?: string | undefined;
}
